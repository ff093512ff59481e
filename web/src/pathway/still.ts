import { Component, type ComponentChildren } from "preact";

/** A component that is drawn anew only when one of its properties changed.
 *
 * A step of the time changes few of the map's glyphs and arcs; the rest must cost nothing. */
export abstract class Still<P extends object> extends Component<P> {
  shouldComponentUpdate(next: Readonly<P>): boolean {
    const { props } = this;
    return (Object.keys(next) as (keyof P)[]).some((key) => key !== "children" && next[key] !== props[key]);
  }

  abstract render(): ComponentChildren;
}
