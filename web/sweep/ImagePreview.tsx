import { useEffect, useState } from "react";
import { PixelPreview } from "../views/PixelPreview.tsx";
import type { Preview } from "./images.ts";

interface Props {
  readonly of: Preview;
  /** Null where its name stands beside it. */
  readonly label: string | null;
}

/** One image of a sweep, as it is sent. */
export function ImagePreview({ of, label }: Props) {
  return (
    <span className="preview" aria-hidden={label === null}>
      <Thumbnail of={of} label={label ?? ""} />
    </span>
  );
}

function Thumbnail({ of, label }: { readonly of: Preview; readonly label: string }) {
  return of.kind === "pixels" ? (
    <PixelPreview pixels={of.pixels} size={of} label={label} />
  ) : (
    <FilePreview file={of.file} label={label} />
  );
}

function FilePreview({ file, label }: { readonly file: Blob; readonly label: string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return address ? <img className="pixels" src={address} alt={label} /> : <span className="pixels" />;
}
