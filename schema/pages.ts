import type { ObjectRef } from "@pothos/core";
import { IsobitError } from "#core/errors.ts";
import { MAX_PAGE_ITEMS, PAGE_ITEMS } from "#core/limits.ts";
import { builder } from "./builder.ts";

/* Long lists as connections: https://relay.dev/graphql/connections.htm, forwards only. */

interface Page<Item> {
  readonly items: readonly Item[];
  /** Place of the first item in the whole list. */
  readonly from: number;
  readonly total: number;
}

const PageInfo = builder.objectRef<Page<unknown>>("PageInfo").implement({
  description: "Where a page lies in its list.",
  fields: (t) => ({
    hasNextPage: t.boolean({
      description: "True if items follow this page.",
      resolve: ({ from, items, total }) => from + items.length < total,
    }),
    hasPreviousPage: t.boolean({
      description: "True if items precede this page.",
      resolve: ({ from }) => from > 0,
    }),
    startCursor: t.string({
      nullable: true,
      description: "Cursor of the first item; null for an empty page.",
      resolve: ({ from, items }) => (items.length > 0 ? cursorOf(from) : null),
    }),
    endCursor: t.string({
      nullable: true,
      description: "Cursor of the last item, for `after`; null for an empty page.",
      resolve: ({ from, items }) => (items.length > 0 ? cursorOf(from + items.length - 1) : null),
    }),
  }),
});

export const PAGE_ARGS = builder.args((t) => ({
  first: t.int({
    defaultValue: PAGE_ITEMS,
    description: `Number of items on the page, at most ${MAX_PAGE_ITEMS}.`,
  }),
  after: t.string({ description: "The cursor of the item that precedes the page (default: start of the list)." }),
}));

/** The type of a page of items of another type. */
export function connectionOf<Item>(name: string, node: ObjectRef<typeof builder.$inferSchemaTypes, Item>) {
  const edge = builder.objectRef<{ readonly cursor: string; readonly node: Item }>(`${name}Edge`).implement({
    description: `One ${name} of a page, with its cursor.`,
    fields: (t) => ({
      cursor: t.exposeString("cursor", { description: "Where the item is in the list." }),
      node: t.field({ type: node, description: "The item.", resolve: (parent) => parent.node as never }),
    }),
  });
  return builder.objectRef<Page<Item>>(`${name}Connection`).implement({
    description: `One page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: "The items of this page, each with its cursor.",
        resolve: ({ items, from }) => items.map((item, place) => ({ cursor: cursorOf(from + place), node: item })),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: "Whether there are further pages, and how to ask for them.",
        resolve: (page) => page,
      }),
      totalCount: t.exposeInt("total", { description: "Number of items on all pages together." }),
    }),
  });
}

/** @throws IsobitError BAD_INPUT */
export function pageOf<Item>(
  list: readonly Item[],
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): Page<Item> {
  const { after } = args;
  const first = args.first ?? PAGE_ITEMS;
  if (first < 0 || first > MAX_PAGE_ITEMS)
    throw new IsobitError("BAD_INPUT", `\`first\` is ${first}; it must be from 0 to ${MAX_PAGE_ITEMS}.`);
  if (after != null && !/^\d{1,9}$/.test(after))
    throw new IsobitError("BAD_INPUT", "`after` is not a cursor of this list. Pass an `endCursor`.");
  const from = after == null ? 0 : Number(after) + 1;
  return { items: list.slice(from, from + first), from: Math.min(from, list.length), total: list.length };
}

function cursorOf(place: number): string {
  return String(place);
}
