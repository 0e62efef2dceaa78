using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>What a child answers. A token takes 18 bytes; a step's tokens go out in one write. The likelihoods of a prompt, which come with its first token, take less than 5 MB, by <see cref="RequestRule.MostPromptLogprobs"/>.</summary>
internal static class AnswerFrames
{
    private const byte FinishMask = 3;
    private const byte HasLogprobs = 4;
    private const byte HasTimes = 8;
    private const byte HasCachedTokens = 16;
    private const byte HasPrompt = 32;

    /// <summary>Bytes of a token's likelihoods without any of the likeliest.</summary>
    private const int LogprobsBytes = sizeof(float) + (2 * sizeof(int));

    /// <summary>More than any sequence takes: a year.</summary>
    private const long MaxTicks = 366 * TimeSpan.TicksPerDay;

    public static void WriteToken(FrameWriter writer, long id, GeneratedToken token)
    {
        writer.Int64(id);
        writer.Int32(token.Id);
        var finish = token.Finish is { } reason ? (byte)((int)reason + 1) : (byte)0;
        writer.Byte((byte)(finish | (token.Logprobs is null ? 0 : HasLogprobs) | (token.Times is null ? 0 : HasTimes) | (token.CachedTokens is null ? 0 : HasCachedTokens) | (token.PromptLogprobs is null ? 0 : HasPrompt)));
        if (token.Logprobs is { } logprobs) WriteLogprobs(writer, logprobs);
        if (token.Times is { } times)
        {
            writer.Int64(times.Queue.Ticks);
            writer.Int64(times.Prefill.Ticks);
            writer.Int64(times.Decode.Ticks);
        }

        if (token.CachedTokens is { } cached) writer.Int32(cached);
        if (token.PromptLogprobs is not { } prompt) return;
        writer.Int32(prompt.Count);
        foreach (var one in prompt) WriteLogprobs(writer, one);
    }

    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static (long Id, GeneratedToken Token) ReadToken(ref FrameReader reader)
    {
        var (id, token, flags) = (reader.Int64(), reader.Int32(), reader.Byte());
        FinishReason? finish = (flags & FinishMask) switch
        {
            0 => null,
            1 => FinishReason.Stop,
            2 => FinishReason.Length,
            var other => throw new ProtocolException($"A frame Token has the unknown finish reason {other}."),
        };
        var logprobs = (flags & HasLogprobs) == 0 ? null : ReadLogprobs(ref reader);
        var times = (flags & HasTimes) == 0 ? null : new SequenceTimes(ReadTime(ref reader), ReadTime(ref reader), ReadTime(ref reader));
        int? cached = (flags & HasCachedTokens) == 0 ? null : reader.Int32() is >= 0 and var count ? count : throw new ProtocolException("A frame Token holds no number of cached tokens.");
        var prompt = (flags & HasPrompt) == 0 ? null : ReadPrompt(ref reader);
        reader.End();
        return (id, new GeneratedToken(token, finish, logprobs, times, PromptReport.Of(cached, prompt)));
    }

    public static void WriteFailed(FrameWriter writer, long id, CallFailure failure)
    {
        writer.Int64(id);
        writer.Byte((byte)failure.Kind);
        writer.Double(failure.RetryAfter.TotalSeconds);
        writer.Text(failure.Message);
    }

    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static (long Id, CallFailure Failure) ReadFailed(ref FrameReader reader)
    {
        var (id, kind, seconds, message) = (reader.Int64(), (CallFailureKind)reader.Byte(), reader.Double(), reader.Text());
        reader.End();
        if (!Enum.IsDefined(kind) || seconds is not (>= 0 and <= 3600)) throw new ProtocolException("A frame Failed holds an unknown failure.");
        return (id, new CallFailure(kind, message, TimeSpan.FromSeconds(seconds)));
    }

    public static void WriteVectors(FrameWriter writer, long id, float[][] vectors)
    {
        writer.Int64(id);
        writer.Int32(vectors.Length);
        foreach (var vector in vectors) writer.Singles(vector);
    }

    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static (long Id, float[][] Vectors) ReadVectors(ref FrameReader reader)
    {
        var id = reader.Int64();
        var vectors = new float[reader.Count(sizeof(int))][];
        for (var i = 0; i < vectors.Length; i++) vectors[i] = reader.Singles();
        reader.End();
        return (id, vectors);
    }

    private static void WriteLogprobs(FrameWriter writer, TokenLogprobs logprobs)
    {
        writer.Single(logprobs.Chosen);
        writer.Int32(logprobs.Rank);
        writer.Int32(logprobs.Top.Count);
        foreach (var top in logprobs.Top)
        {
            writer.Int32(top.Id);
            writer.Single(top.Logprob);
        }
    }

    private static TimeSpan ReadTime(ref FrameReader reader) =>
        reader.Int64() is >= 0 and <= MaxTicks and var ticks ? TimeSpan.FromTicks(ticks) : throw new ProtocolException("A frame Token holds no duration.");

    private static TokenLogprobs ReadLogprobs(ref FrameReader reader)
    {
        var (chosen, rank) = (reader.Single(), reader.Int32());
        if (rank < 1) throw new ProtocolException("A frame Token holds no rank.");
        var top = new TokenLogprob[reader.Count(sizeof(int) + sizeof(float))];
        for (var i = 0; i < top.Length; i++) top[i] = new TokenLogprob(reader.Int32(), reader.Single());
        return new TokenLogprobs(chosen, rank, top);
    }

    private static TokenLogprobs[] ReadPrompt(ref FrameReader reader)
    {
        var prompt = new TokenLogprobs[reader.Count(LogprobsBytes)];
        for (var i = 0; i < prompt.Length; i++) prompt[i] = ReadLogprobs(ref reader);
        return prompt;
    }
}
