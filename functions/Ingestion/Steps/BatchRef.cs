using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>One batch of a pass: the input of an activity that embeds or indexes.</summary>
/// <param name="Of">How many batches there are, for the percentage.</param>
/// <param name="EmbedBatches">How many of the pass's batches were embedded.</param>
public sealed record BatchRef(PassRef Pass, int Batch, int Of, int EmbedBatches);
