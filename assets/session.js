// A callback answered 401: the session ended. Lead to the sign-in and back, instead of a page that silently stands still.
(function () {
  var before = window.fetch;
  window.fetch = function () {
    return before.apply(this, arguments).then(function (answer) {
      if (answer.status === 401 && answer.url.indexOf("/_dash") >= 0) {
        window.location.assign("/signin?next=" + encodeURIComponent(window.location.pathname + window.location.search));
      }
      return answer;
    });
  };
})();
