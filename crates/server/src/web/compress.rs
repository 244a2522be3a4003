use std::io::{self, Write};

/// Compresses quickly, for one request; built files lie compressed harder beside themselves.
///
/// # Errors
/// For an encoding that is not known here.
pub fn pack(text: &[u8], encoding: &str) -> io::Result<Vec<u8>> {
    match encoding {
        "br" => {
            let params = brotli::enc::BrotliEncoderParams {
                quality: 5,
                lgwin: 18,
                size_hint: text.len(),
                ..Default::default()
            };
            let mut packed = Vec::new();
            brotli::BrotliCompress(&mut &text[..], &mut packed, &params)?;
            Ok(packed)
        }
        "gzip" => {
            let mut writer =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(text)?;
            writer.finish()
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}
