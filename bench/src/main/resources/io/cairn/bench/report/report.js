(function () {
  'use strict';
  var svg = document.querySelector('svg.chart');
  var data = document.getElementById('curves');
  if (!svg || !data) { return; }
  var curves = JSON.parse(data.textContent);
  var boxes = Array.prototype.slice.call(document.querySelectorAll('.legend input'));
  var cross = svg.querySelector('.cross');
  var left = +svg.dataset.left, right = +svg.dataset.right, nines = +svg.dataset.nines;
  function time(ns) {
    var units = ['ns', 'µs', 'ms', 's'], unit = 0;
    while (unit < 3 && ns >= 999.5) { ns /= 1000; unit++; }
    return (unit === 0 || ns >= 99.95 ? ns.toFixed(0) : ns >= 9.995 ? ns.toFixed(1) : ns.toFixed(2)) + ' ' + units[unit];
  }
  function at(curve, percentile) {
    for (var i = 0; i < curve.length; i++) {
      if (curve[i][0] >= percentile) { return curve[i][1]; }
    }
    return curve.length ? curve[curve.length - 1][1] : null;
  }
  boxes.forEach(function (box) {
    box.addEventListener('change', function () {
      svg.querySelectorAll('.' + box.dataset.series).forEach(function (part) { part.classList.toggle('off', !box.checked); });
    });
  });
  svg.addEventListener('pointermove', function (event) {
    var point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    var x = Math.max(left, Math.min(right, point.x));
    var percentile = 100 * (1 - Math.pow(10, -(x - left) / (right - left) * nines));
    cross.classList.remove('off');
    cross.setAttribute('x1', x);
    cross.setAttribute('x2', x);
    cross.setAttribute('aria-label', percentile.toFixed(4) + ' %');
    boxes.forEach(function (box, i) {
      var value = at(curves[i], percentile);
      box.parentNode.querySelector('output').textContent = value === null ? '' : time(value);
    });
  });
  svg.addEventListener('pointerleave', function () {
    cross.classList.add('off');
    boxes.forEach(function (box) { box.parentNode.querySelector('output').textContent = ''; });
  });
}());
