using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Has a document follow its collection from one generation to the next: what was built becomes what serves, and what served before goes.</summary>
public sealed class SucceedStep(StatusStore statuses, ManifestStore manifests, ChunkWriter writer, TimeProvider time)
{
    /// <summary>Questions that began before the switch, or in an instance that has not heard of it, have ended after this.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <returns>The status as it is after.</returns>
    public async Task<DocumentStatus> RunAsync(DocumentStatus status, PassPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(plan);
        var serving = plan.Serving;
        if (plan.Generations.Retired.Count > 0) await DropAsync(serving.Document, plan.Generations, cancellationToken);
        if (status.Indexed == serving.Pass || status.Built != serving.Pass || status.BuildError is not null) return status;
        var (manifest, _) = await manifests.ReadAsync(serving.Document, serving.Settings.Generation, cancellationToken);
        var chunks = manifest.Held(serving.Settings.Index, serving.Settings.Model, serving.Pass).Count;
        var (_, after) = await statuses.ChangeAsync(
            serving.Document,
            current => current?.Built != serving.Pass || current.BuildError is not null
                ? current
                : current with { Pass = serving.Pass, Indexed = serving.Pass, Built = null, Held = true, Chunks = chunks, Tokens = current.BuiltTokens, BuiltTokens = 0 },
            cancellationToken);
        return after ?? status;
    }

    private async Task DropAsync(DocumentName document, GenerationState generations, CancellationToken cancellationToken)
    {
        var live = new[] { generations.Serving.Index, generations.Building?.Index };
        foreach (var (number, manifest) in await manifests.ReadAllAsync(document, cancellationToken))
        {
            if (!generations.IsDue(number, time.GetUtcNow(), Grace)) continue;
            await PublishStep.DropAsync(writer, manifest.All.Where(item => !live.Contains(item.Index)), cancellationToken);
            await manifests.DeleteAsync(document, number, cancellationToken);
        }
    }
}
