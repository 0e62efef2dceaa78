// Keeps the end of a box in view while it grows, for as long as its reader wants to see the end.
const near = 24; // px from the end that are as good as the end

/** Answers `{keep, toEnd}`: after something was added `keep` moves to the end unless the reader has gone upwards since; `toEnd` moves there in any case. */
export function follow(box) {
  const left = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  let isFollowing = true;
  let top = 0;
  box.addEventListener("scroll", () => {
    if (left() <= near) isFollowing = true;
    else if (box.scrollTop < top) isFollowing = false;
    top = box.scrollTop;
  });
  const toEnd = () => {
    isFollowing = true;
    box.scrollTop = box.scrollHeight;
  };
  return { toEnd, keep: () => { if (isFollowing) toEnd(); } };
}
