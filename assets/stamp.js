// How old the figures are, told by the browser each second: it must also tell when the server says nothing any more.
// The words stand as data-… on #fresh (dashboard/parts.py), the instants come with each answer (dashboard/live.py).
(function () {
  var MINUTE = 60000, STALE = 10 * MINUTE;
  var known = null; // {as_of, heard, every}: ms by the server's clock, seconds between refreshes
  var ahead = 0; // this clock minus the server's

  function age(ms) {
    if (ms < MINUTE) return Math.floor(ms / 1000) + " 秒";
    return ms < 60 * MINUTE ? Math.floor(ms / MINUTE) + " 分钟" : Math.floor(ms / (60 * MINUTE)) + " 小时";
  }

  function wall(ms) { // at +08:00, whatever this computer's zone is
    return new Date(ms + 480 * MINUTE).toISOString().slice(11, 19);
  }

  function judge(old, silent, every, words) { // [class, words] of the worse of: figures not renewed, terminals not heard
    if (old > Math.max(STALE, 2 * every + 5000)) return ["stale", words.stale + " " + age(old)];
    if (silent > STALE) return ["stale", words.cut + " " + age(silent)];
    if (window.lvyue.broken || old > Math.min(2 * every, every + MINUTE) + 5000) return ["slow", words.slow + " " + age(old)];
    if (silent > MINUTE) return ["slow", words.late + " " + age(silent)];
    return ["fresh", words.fresh];
  }

  function write(node, text) { // untouched when unchanged: a reader hears role=status only when something changed
    if (node && node.textContent !== text) node.textContent = text;
  }

  function paint() {
    var frame = document.getElementById("fresh");
    if (!frame || !known) return;
    var words = frame.dataset, every = known.every * 1000;
    var told = judge(Date.now() - ahead - known.as_of, known.as_of - known.heard, every, words);
    frame.className = "freshness " + told[0];
    document.body.classList.toggle("out-of-date", told[0] === "stale");
    write(frame.querySelector(".as-of"), words.asOf + " " + wall(known.as_of));
    write(frame.querySelector(".every"), (every < MINUTE ? known.every + " 秒" : known.every / 60 + " 分钟") + words.every);
    write(frame.querySelector(".age"), told[1]);
  }

  window.lvyue.paint = paint;
  window.lvyue.lastGood = function () { return known ? wall(known.as_of) : "—"; };
  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.stamp = {
    told: function (data, fault) {
      window.lvyue.fault = fault;
      if (data && data.as_of) {
        known = data;
        window.lvyue.broken = false;
        ahead = Date.now() - data.as_of;
        paint();
      }
      return window.dash_clientside.no_update;
    },
  };
  window.setInterval(paint, 1000);
})();
