// The bridge that WeChat puts into its pages, for one who tries the sandbox in another browser under
// WeChat's name: asks on the page what WeChat's cashier would ask, and has the simulator do it.
(function () {
  var wechat = document.currentScript.getAttribute('data-wechat');
  var WORDS = {
    zh: { title: '微信支付（模拟）', pay: '付款', cancel: '取消', fail: '付款失败', silent: '付款，但不告诉页面' },
    en: { title: 'WeChat Pay (simulated)', pay: 'Pay', cancel: 'Cancel', fail: 'Fail', silent: 'Pay, but tell the page nothing' }
  };
  var OUTCOMES = { pay: 'ok', cancel: 'cancel', fail: 'fail', silent: 'paid_but_silent' };

  function ask(parameters, done) {
    var words = WORDS[document.documentElement.lang.slice(0, 2) === 'en' ? 'en' : 'zh'];
    var sheet = document.createElement('div');
    sheet.setAttribute('role', 'dialog');
    sheet.setAttribute('aria-label', words.title);
    sheet.style.cssText = 'position:fixed;z-index:99;right:0;bottom:0;left:0;padding:16px;' +
      'border-top:4px solid #07c160;background:#fff;color:#191919;font:1rem/1.5 sans-serif';
    var title = document.createElement('p');
    title.textContent = words.title;
    sheet.appendChild(title);
    Object.keys(OUTCOMES).forEach(function (name) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = words[name];
      button.setAttribute('data-action', 'bridge-' + name);
      button.style.cssText = 'display:block;width:100%;min-height:44px;margin-top:8px;border:1px solid #858585;' +
        'border-radius:8px;background:#f6f6f6;color:inherit;font:inherit';
      button.onclick = function () {
        sheet.parentNode.removeChild(sheet);
        parameters.outcome = OUTCOMES[name];
        // As text: a page of another origin may send nothing else without being asked first.
        fetch(wechat + '/sim/jsapi-pay', {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: JSON.stringify(parameters)
        }).then(function (reply) { return reply.json(); }).then(function (result) {
          if (result.err_msg) done(result);
        });
      };
      sheet.appendChild(button);
    });
    document.documentElement.appendChild(sheet);
  }

  var bridge = {
    invoke: function (name, parameters, done) {
      if (name === 'getBrandWCPayRequest') ask(parameters, done);
      else if (done) done({ err_msg: name + ':ok' });
    },
    on: function () {}
  };

  // A moment after the page, as WeChat does it. Whoever brought a bridge along keeps it.
  document.addEventListener('DOMContentLoaded', function () {
    setTimeout(function () {
      if (window.WeixinJSBridge) return;
      window.WeixinJSBridge = bridge;
      document.dispatchEvent(new Event('WeixinJSBridgeReady'));
    }, 300);
  });
})();
