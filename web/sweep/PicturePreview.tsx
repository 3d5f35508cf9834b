import { useEffect, useState } from "react";
import { PixelPreview } from "../draw/PixelPreview.tsx";
import type { Preview } from "./pictures.ts";

interface Props {
  readonly of: Preview;
  /** Null where its name stands beside it. */
  readonly label: string | null;
}

/** One picture of a sweep, as it is sent. */
export function PicturePreview({ of, label }: Props) {
  return (
    <span className="preview" aria-hidden={label === null}>
      <Picture of={of} label={label ?? ""} />
    </span>
  );
}

function Picture({ of, label }: { readonly of: Preview; readonly label: string }) {
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
