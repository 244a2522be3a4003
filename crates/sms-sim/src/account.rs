/// Aliyun's AccessKey ID, Tencent's SecretId.
pub const KEY_ID: &str = "SimulatedKeyId";
/// Its secret.
pub const SECRET: &str = "simulated-secret";
/// The approved signature.
pub const SIGN_NAME: &str = "滴卡";
/// Aliyun's approved template.
pub const TEMPLATE_CODE: &str = "SMS_100000001";
/// Tencent's application.
pub const SDK_APP_ID: &str = "1400000001";
/// Tencent's approved template.
pub const TEMPLATE_ID: &str = "1000001";
