namespace Serverless.GpuWorker.Scheduling;

/// <summary>When a sequence is complete.</summary>
internal sealed class StopRule(IReadOnlyList<int> eosTokens, int contextLength)
{
    /// <summary>Why the sequence ends with <paramref name="token"/>, which has just been appended; null when it goes on.</summary>
    public FinishReason? Check(Sequence sequence, int token)
    {
        if (IsStop(sequence.Request, token))
            return FinishReason.Stop;

        return sequence.Generated >= sequence.Request.MaxTokens || sequence.Length >= contextLength ? FinishReason.Length : null;
    }

    /// <summary>Whether the token ends an answer to the request.</summary>
    public bool IsStop(GenerationRequest request, int token) => eosTokens.Contains(token) || request.StopTokens.Contains(token);

    /// <summary>Tokens that may be drafted for a sequence that decodes: after each of them one is sampled, the last of which may be the answer's last.</summary>
    public int MostDrafts(Sequence sequence) => Math.Min(sequence.Request.MaxTokens - sequence.Generated, contextLength - sequence.Length) - 1;
}
