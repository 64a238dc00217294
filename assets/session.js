// The line to the server. 401: the session ended, lead to the sign-in and back. The page itself did not come: say so in
// its place, with the last good time and a button, instead of a page that silently stands still.
(function () {
  var before = window.fetch;

  function isPage(address, given) { // shell.py's route, and not the refresh, whose output is page.children@…
    return String(address.url || address).indexOf("/_dash-update-component") >= 0
      && String((given || {}).body).indexOf('"output":"..page.children.') >= 0;
  }

  function trouble() {
    var set = window.dash_clientside && window.dash_clientside.set_props, fault = window.lvyue.fault;
    window.lvyue.broken = true;
    window.lvyue.paint();
    document.querySelectorAll("#nav a").forEach(function (link) {
      link.classList.toggle("on", link.pathname === window.location.pathname);
    });
    if (!set || !fault) return;
    set("page", { children: JSON.parse(JSON.stringify(fault).replace("{time}", window.lvyue.lastGood())) });
    set("known", { data: { fault: true } });
  }

  window.lvyue = { fault: null, broken: false, paint: function () {}, lastGood: function () { return "—"; } };
  window.fetch = function (address, given) {
    return before.apply(this, arguments).then(function (answer) {
      if (answer.status === 401 && answer.url.indexOf("/_dash") >= 0) {
        window.location.assign("/signin?next=" + encodeURIComponent(window.location.pathname + window.location.search));
      } else if (!answer.ok && isPage(address, given)) trouble();
      return answer;
    }, function (error) {
      if (isPage(address, given)) trouble();
      throw error;
    });
  };
  document.addEventListener("click", function (event) {
    if (event.target.closest("#retry")) window.dash_clientside.set_props("again", { data: Date.now() });
  });
})();
