// A refreshed part is made of new elements: whoever stood on one of the old with the keyboard stands on its like again.
(function () {
  var last = null, id = "", href = "", text = "";

  document.addEventListener("focusin", function (event) {
    last = event.target;
    id = last.id;
    href = last.getAttribute("href") || "";
    text = last.textContent;
  });

  function like(node) {
    return node.tagName === last.tagName
      && (id ? node.id === id : href ? node.getAttribute("href") === href : node.textContent === text);
  }

  function alike() {
    var nodes = Array.from(document.querySelectorAll("#page a, #page button, #page summary, #page [tabindex]"));
    return nodes.find(like) || nodes.find(function (node) { return text && node.textContent === text; })
      || document.querySelector(".offcanvas.show"); // the drawer's content turned over
  }

  new MutationObserver(function () {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    var found = alike();
    if (found) found.focus({ preventScroll: true });
    else last = null;
  }).observe(document, { childList: true, subtree: true });
})();
