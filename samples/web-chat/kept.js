// What the page remembers. A browser that is told to keep nothing refuses its storages: then it is remembered as long as the page is open.
function storage(name) {
  try {
    window[name].getItem("");
    return window[name];
  } catch {
    const values = new Map();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => { values.set(key, String(value)); },
      removeItem: (key) => { values.delete(key); },
    };
  }
}

/** Until the tab is closed. */
export const tab = storage("sessionStorage");

/** From one visit to the next. */
export const visits = storage("localStorage");
