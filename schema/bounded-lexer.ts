import { GraphQLError, Lexer, type Source, type Token, TokenKind } from "graphql";
import { MAX_QUERY_BRACKETS } from "#core/limits.ts";

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.PAREN_L, TokenKind.BRACKET_L, TokenKind.BRACE_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.PAREN_R, TokenKind.BRACKET_R, TokenKind.BRACE_R]);

/** The parser recurses at each bracket, and `maxTokens` alone lets it exhaust the stack. */
export class BoundedLexer extends Lexer {
  readonly #query: Source;
  #open = 0;

  constructor(query: Source) {
    super(query);
    this.#query = query;
  }

  /** @throws GraphQLError for too many brackets that are open at once */
  override advance(): Token {
    const token = super.advance();
    if (OPENING.has(token.kind)) this.#open += 1;
    if (CLOSING.has(token.kind)) this.#open -= 1;
    if (this.#open <= MAX_QUERY_BRACKETS) return token;
    throw new GraphQLError(
      `The query is nested too deeply; at most ${MAX_QUERY_BRACKETS} brackets may be open at once.`,
      { source: this.#query, positions: [token.start] },
    );
  }
}
