using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>One sequence that a request asks for.</summary>
/// <param name="Index">The choice's index in the response.</param>
/// <param name="Continues">Whether the text goes on where the prompt ends, so that its first space is kept; an answer in a chat loses it.</param>
/// <param name="TellsTokens">Whether the response tells of tokens: their ids or likelihoods.</param>
/// <param name="Told">Whitespace that the caller has before the answer and the prompt's tokens do not hold: as much of it as the answer begins with is not told again.</param>
internal sealed record SequencePlan(int Index, GenerationRequest Request, IReadOnlyList<string> Stops, bool Continues, bool TellsTokens = false, string Told = "")
{
    /// <summary>Whether the stop string or token that ends the text stays at its end.</summary>
    public bool IncludesStop { get; init; }

    /// <summary>Whether nothing is answered: the engine, which ends with a token at the least, is asked for what it tells of the prompt.</summary>
    public bool IsPromptAlone { get; init; }
}
