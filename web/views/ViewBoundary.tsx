import { Component, type ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly failed: boolean;
}

/** A view that cannot be fetched (the edge is gone, or was built anew since) is said, and the header stays usable. */
export class ViewBoundary extends Component<Props, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main>
        <p role="alert">
          This view could not be loaded: the edge does not answer, or was built anew since this page was opened.{" "}
          <a href={location.href} onClick={() => location.reload()}>
            Reload the page
          </a>
          .
        </p>
      </main>
    );
  }
}
