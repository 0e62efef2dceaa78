namespace Serverless.Functions.Retrieval;

/// <summary>The <c>mmr</c> block of a rag route: passages are chosen that are near to the question and unlike each other.</summary>
/// <param name="Lambda">What nearness weighs against novelty, 0..1: 1 ranks by nearness alone.</param>
/// <param name="Candidates">Passages that are chosen from, 1..50.</param>
public sealed record MmrSettings(double Lambda = 0.7, int Candidates = 20);
