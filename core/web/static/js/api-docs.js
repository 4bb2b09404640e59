// Shows the API's document; everything comes from this host.
"use strict";
const place = document.getElementById("document");
window.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "none",
  validatorUrl: null,
});
