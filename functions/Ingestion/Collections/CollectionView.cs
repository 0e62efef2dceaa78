using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Reconcile;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>A collection as callers see it.</summary>
/// <param name="EmbeddingsRoute">Null: no route applies, so its documents cannot be ingested.</param>
/// <param name="Configured">Whether an operator has set it up; otherwise the app's defaults apply.</param>
/// <param name="Owner">The client that created it by its first document; shown to that client and to operators.</param>
/// <param name="Webhook">Where its notices go; shown to operators and the owner.</param>
/// <param name="Reconcile">The last comparison of blobs, statuses and index; shown to operators, readers and the owner.</param>
/// <param name="Generation">What questions are answered from, and what is being built to take its place; shown to operators, readers and the owner.</param>
/// <param name="Damaged">The blob of its state that cannot be read; shown to operators and readers. Null: none was found.</param>
public sealed record CollectionView(
    string Collection, string? EmbeddingsRoute, IReadOnlyList<string> Groups, int? ChunkTokens, int? ChunkOverlap, bool Configured, ChunkStrategy? ChunkStrategy = null,
    string? Owner = null, ReconcileRun? Reconcile = null, WebhookView? Webhook = null, GenerationView? Generation = null, string? Damaged = null);
