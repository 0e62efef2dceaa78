using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>
/// What an export is: <c>manifest.json</c> beside its parts, each a file of JSON lines (<see cref="ExportedChunk"/>). The chunks' texts, who may see them and their vectors are in it; the documents
/// themselves are not.
/// </summary>
/// <param name="Format"><see cref="FormatName"/>.</param>
/// <param name="Version"><see cref="CurrentVersion"/>; a reader refuses one that it does not know.</param>
/// <param name="Model">What the vectors depend on: the model behind the route, its instruction and its guards, as a hash.</param>
/// <param name="Dimensions">Numbers of each vector.</param>
/// <param name="PipelineVersion">Of the readers and the chunker: another may cut a document differently.</param>
/// <param name="Documents">Those whose chunks are all there.</param>
/// <param name="Failed">Documents that are missing, or some of whose chunks are.</param>
public sealed record ExportManifest(
    string Format, int Version, string Collection, DateTimeOffset CreatedAt, int Generation, string EmbeddingsRoute, string Model, int Dimensions, int ChunkTokens, int ChunkOverlap,
    ChunkStrategy ChunkStrategy, IReadOnlyList<string> Groups, int PipelineVersion, int Documents, long Chunks, long Tokens, int Failed, IReadOnlyList<ExportPart> Parts)
{
    public const string FormatName = "serverless-index-export";
    public const int CurrentVersion = 1;
    public const string BlobName = "manifest.json";
}
