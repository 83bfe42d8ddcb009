document.querySelector("h1").textContent = "Harbour Daily"
