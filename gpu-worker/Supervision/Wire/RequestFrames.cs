using System.Text.Json;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>Requests on their way to a child. The tokens, which are most of a request, go as they are; the rest as JSON.</summary>
internal static class RequestFrames
{
    /// <param name="now">By the clock of the request's deadline, which travels as what is left of it: the two processes' clocks have no origin in common.</param>
    public static void WriteSubmit(FrameWriter writer, long id, GenerationRequest request, TimeSpan now)
    {
        writer.Int64(id);
        writer.Int32s(request.PromptTokens);
        writer.Int32s(request.PriorTokens);
        writer.Bytes(JsonSerializer.SerializeToUtf8Bytes(request with { PromptTokens = [], PriorTokens = [], Deadline = request.Deadline - now }, WireJson.Default.GenerationRequest));
    }

    /// <param name="now">By the reader's clock.</param>
    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static (long Id, GenerationRequest Request) ReadSubmit(ref FrameReader reader, TimeSpan now)
    {
        var id = reader.Int64();
        var (prompt, prior) = (reader.Int32s(), reader.Int32s());
        var request = JsonSerializer.Deserialize(reader.Bytes(), WireJson.Default.GenerationRequest);
        reader.End();
        return (id, request is null ? throw new ProtocolException("A frame Submit is empty.") : request with { PromptTokens = prompt, PriorTokens = prior, Deadline = request.Deadline is { } left ? Moment(left, now) : null });
    }

    private static TimeSpan Moment(TimeSpan left, TimeSpan now) => left < TimeSpan.MaxValue - now ? now + left : TimeSpan.MaxValue;

    public static void WriteEncode(FrameWriter writer, long id, EncoderTask task, int[][] ids, int[][] marks)
    {
        writer.Int64(id);
        writer.Int32((int)task);
        writer.Int32(ids.Length);
        foreach (var text in ids) writer.Int32s(text);
        foreach (var mask in marks) writer.Int32s(mask);
    }

    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    public static (long Id, EncoderTask Task, int[][] Ids, int[][] Marks) ReadEncode(ref FrameReader reader)
    {
        var id = reader.Int64();
        var task = (EncoderTask)reader.Int32();
        var texts = reader.Count(2 * sizeof(int));
        var ids = new int[texts][];
        var masks = new int[texts][];
        for (var i = 0; i < texts; i++) ids[i] = reader.Int32s();
        for (var i = 0; i < texts; i++) masks[i] = reader.Int32s();
        reader.End();
        return (id, task, ids, masks);
    }
}
