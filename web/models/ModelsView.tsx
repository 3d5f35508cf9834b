import "../styles/models.css";
import { useQuery } from "urql";
import { failuresOf } from "../failures.ts";
import { addressOf, useRoute } from "../route.ts";
import { FailureBanner } from "../views/FailureBanner.tsx";
import { useTitle } from "../views/use-title.ts";
import { CertificateProof } from "./CertificateProof.tsx";
import { ModelComparison } from "./ModelComparison.tsx";
import { ModelFacts } from "./ModelFacts.tsx";
import { MODELS } from "./models-query.ts";

/** The served models: their facts, certificates and results side by side. */
export function ModelsView() {
  const { params } = useRoute();
  const [{ data, error, fetching }, ask] = useQuery({ query: MODELS, variables: {} });
  const wanted = params.get("id");
  const models = data?.models;
  const chosen = wanted === null ? models?.[0] : models?.find(({ id }) => id === wanted);
  useTitle(chosen ? `Models, ${chosen.id}` : "Models");
  return (
    <main className="models" aria-busy={fetching}>
      <nav aria-label="Models" className="pairs">
        {models?.map(({ id, certificate }) => (
          <a key={id} href={addressOf("models", { id })} aria-current={id === chosen?.id ? "true" : undefined}>
            {id} {certificate && <span className="mark">certified</span>}
          </a>
        ))}
        {!models && !error && <span className="bone name-room" />}
      </nav>
      <FailureBanner failures={failuresOf(error)} />
      {error && !models && (
        <p>
          <button type="button" className="plain" onClick={() => ask()}>
            Try again
          </button>
        </p>
      )}
      {models?.length === 0 && (
        <p className="empty">
          No models are served. Serve your own: <code>MODEL=your.onnx npm start</code>.
        </p>
      )}
      {models && models.length > 0 && !chosen && (
        <p className="empty">There is no model {wanted}. Choose one of the models above.</p>
      )}
      {!models && !error && (
        <section aria-hidden="true" className="model-room">
          <span className="bone" />
        </section>
      )}
      {models && chosen && (
        <>
          <ModelFacts model={chosen} />
          <ModelComparison models={models} chosen={chosen} />
          <CertificateProof model={chosen} />
        </>
      )}
    </main>
  );
}
