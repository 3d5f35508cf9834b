export function Header() {
  return (
    <header className="header">
      <h1>isobit</h1>
      <p>
        Runs one neural network in WebAssembly at the edge and natively on a server, and says, bit by bit, whether they
        agree.
      </p>
      <nav aria-label="More">
        <a href="/graphql">GraphQL</a>
      </nav>
    </header>
  );
}
