import { useEffect, useState } from "react";
import { PixelPreview } from "../views/PixelPreview.tsx";
import type { Preview } from "./images.ts";

interface Props {
  readonly of: Preview;
  /** Null if the image's name is next to it. */
  readonly label: string | null;
}

/** One image of a sweep. */
export function ImagePreview({ of, label }: Props) {
  return (
    <span aria-hidden={label === null}>
      {of.kind === "pixels" ? (
        <PixelPreview pixels={of.pixels} size={of} label={label ?? ""} />
      ) : (
        <FilePreview file={of.file} label={label ?? ""} />
      )}
    </span>
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
