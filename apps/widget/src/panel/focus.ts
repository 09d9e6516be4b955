/** The panel covers the page. The same query is in `panel.css`. */
export const fullScreen = () => matchMedia('(max-width: 480px), (max-height: 440px)').matches;

/** A finger rather than a mouse. */
export const touchFirst = () => matchMedia('(pointer: coarse)').matches;
