using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Makes the new state the only one: publishes its text, then drops every chunk that is not of it.</summary>
public sealed class PublishStep(StatusStore statuses, PipelineStore pipeline, ManifestStore manifests, DocumentBlobs blobs, ChunkWriter writer)
{
    public async Task<StepOutcome> RunAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (!await statuses.ProgressAsync(pass.Document, pass.Pass, DocumentState.Indexing, 96, null, cancellationToken)) return StepOutcome.Superseded;
        var ids = await pipeline.ReadIdsAsync(pass, cancellationToken);
        if (!pass.Settings.IsBuild)
        {
            await using var text = await pipeline.OpenTextAsync(pass, cancellationToken);
            await blobs.PublishTextAsync(pass.Document, text, cancellationToken);
        }


        var index = pass.Settings.Index;
        var current = ids.ToHashSet(StringComparer.Ordinal);
        var (manifest, etag) = await manifests.ReadAsync(pass.Document, pass.Settings.Generation, cancellationToken);
        await DropAsync(writer, manifest.All.Where(item => item.Index != index || !current.Contains(item.Id)), cancellationToken);
        await manifests.WriteAsync(pass.Document, pass.Settings.Generation, new DocumentManifest(index, ids, [], pass.Settings.Model), etag, cancellationToken);
        return StepOutcome.Done;
    }

    internal static async Task DropAsync(ChunkWriter writer, IEnumerable<IndexedId> stale, CancellationToken cancellationToken)
    {
        foreach (var group in stale.GroupBy(item => item.Index, item => item.Id, StringComparer.Ordinal))
            await writer.DeleteAsync(group.Key, [.. group], cancellationToken);
    }
}
