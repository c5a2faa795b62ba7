import { appError } from "@subnetkit/shared/errors/app-error";

/** Writes a whole answer and waits until its reader has taken it. Throws E_OUTPUT_CLOSED when the reader goes away (`| head`). */
export function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(error.code === "EPIPE" ? appError("E_OUTPUT_CLOSED", {}, { cause: error }) : error);
    stream.once("error", fail);
    stream.write(text, (error) => {
      if (error) return fail(error);
      stream.removeListener("error", fail);
      resolve();
    });
  });
}
