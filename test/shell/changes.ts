// Parts of stored changes, as decoded from MessagePack.

export const text = (value: string) => ({ attributes: "", value: { kind: "string", text: value } });
export const added = (name: string, after: unknown) => ({ name, before: null, after });
export const withItems = (kind: string, attributes: string, items: unknown) => ({
  attributes,
  value: { kind, items },
});
export const definition = (name: string) => ({ attributes: "", text: `${name} () \n{ \n    :\n}` });

/** Returns a valid change with `fields` replaced. */
export function changeWith(fields: object): unknown {
  const cwd = { before: "/a", after: "/b" };
  return {
    variables: [],
    functions: [],
    options: [],
    umask: { before: "0022", after: "0022" },
    cwd,
    ...fields,
  };
}
