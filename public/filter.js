// Answers the filters of the service points while the app isn't there (src/pages/service_points.rs): by campus and
// card, as the address or a tap says. Plain ES5.
(function () {
  function field(name, rest) {
    return document.querySelector('[name=' + name + ']' + rest);
  }

  function chosen(name) {
    var it = field(name, ':checked');
    return it && it.value;
  }

  function each(show) {
    var points = document.querySelectorAll('[data-service-point]');
    var shown = 0;
    for (var i = 0; i < points.length; i++) {
      var point = points[i];
      point.hidden = !show(point);
      if (!point.hidden) shown++;
      // The sketch of its campus.
      var next = point.nextElementSibling;
      if (next && next.tagName === 'DETAILS') next.hidden = point.hidden;
    }
    return shown;
  }

  function all() {
    return true;
  }

  function filter() {
    // Then the app does it.
    if (document.documentElement.hasAttribute('data-ready')) return;
    var campus = chosen('campus');
    var card = chosen('card');
    var shown = each(function (point) {
      return (campus === 'all' || campus === point.getAttribute('data-campus')) &&
        (card === 'both' || point.getAttribute('data-cards').indexOf(card) >= 0);
    });
    if (shown) return;
    // The app has words for that.
    each(all);
    dispatchEvent(new Event('dika:wanted'));
  }

  var names = ['campus', 'card'];
  for (var i = 0; i < names.length; i++) {
    var asked = new RegExp('[?&]' + names[i] + '=(\\w+)').exec(location.search);
    var wanted = asked && field(names[i], '[value=' + asked[1] + ']');
    if (wanted) wanted.checked = true;
  }
  filter();
  document.addEventListener('change', filter);
  // A page that comes back has its choices again.
  addEventListener('pageshow', filter);
  addEventListener('dika:hydrated', function () { each(all); });
})();
