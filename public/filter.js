// Answers the filters of the service points while the app isn't there (src/pages/service_points.rs): by campus and
// card, as the address or a tap says. Plain ES5.
(function () {
  var NONE = { campus: 'all', card: 'both' };
  var points = document.querySelectorAll('[data-service-point]');
  // For a student the page comes with their campus, and with the numbers for the card that the address asks for.
  var came = [].map.call(points, function (point) { return point.hidden; });
  var drawn = value('card', '[checked]');

  function field(name, rest) {
    return document.querySelector('[name=' + name + ']' + rest);
  }

  function value(name, rest) {
    var it = field(name, rest);
    return it ? it.value : NONE[name];
  }

  function each(show) {
    var shown = 0;
    for (var i = 0; i < points.length; i++) {
      points[i].hidden = !show(points[i], i);
      if (!points[i].hidden) shown++;
    }
    return shown;
  }

  function all() {
    return true;
  }

  function filter() {
    // Then the app does it.
    if (document.documentElement.hasAttribute('data-ready')) return;
    var campus = value('campus', ':checked');
    var card = value('card', ':checked');
    // The other card's numbers are not here.
    var isHere = drawn === 'both' || drawn === card;
    if (isHere && each(function (point) {
      return (campus === 'all' || campus === point.getAttribute('data-campus')) &&
        (card === 'both' || point.getAttribute('data-cards').indexOf(card) >= 0);
    })) return;
    // The app has words for that.
    if (isHere) each(all);
    dispatchEvent(new Event('dika:wanted'));
  }

  // The line of choices scrolls; the page stays where it is.
  function reveal() {
    var it = field('campus', ':checked');
    var line = document.querySelector('.filters');
    if (!it || !line) return;
    var box = it.getBoundingClientRect();
    var sight = line.getBoundingClientRect();
    var beyond = box.right - sight.right;
    line.scrollLeft += beyond > 0 ? beyond : Math.min(0, box.left - sight.left);
  }

  for (var name in NONE) {
    var asked = new RegExp('[?&]' + name + '=(\\w+)').exec(location.search);
    var wanted = asked && field(name, '[value=' + asked[1] + ']');
    if (wanted) wanted.checked = true;
  }
  filter();
  reveal();
  document.addEventListener('change', function (event) {
    filter();
    if (event.target.name === 'campus') reveal();
  });
  // A page that comes back has its choices again.
  addEventListener('pageshow', filter);
  // The app takes the page over as it came.
  addEventListener('dika:hydrated', function () {
    each(function (point, i) { return !came[i]; });
  });
})();
