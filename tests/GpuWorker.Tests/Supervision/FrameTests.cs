using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Tests.Supervision;

public sealed class FrameTests
{
    /// <summary>Now, by the clocks of the two processes.</summary>
    private static readonly TimeSpan There = TimeSpan.FromMinutes(3), Here = TimeSpan.FromDays(50);

    [Fact]
    public void Submit_AnyRequest_ComesOutAsItWas() => Prop.ForAll<(NonEmptyArray<int>, int[], ulong, float, string), (int, uint?)>((first, second) =>
    {
        var ((prompt, prior, seed, temperature, schema), (priority, deadline)) = (first, second);
        var request = new GenerationRequest
        {
            PromptTokens = prompt.Get,
            PriorTokens = prior,
            MaxTokens = prior.Length + 1,
            MinTokens = 3,
            IgnoresEos = prior.Length % 2 == 0,
            PromptLogprobs = 4,
            Priority = priority,
            Deadline = deadline is { } left ? There + TimeSpan.FromTicks(left) : null,
            ClientId = schema ?? "",
            StopTokens = prior,
            Sampling = new SamplingParameters
            {
                Temperature = temperature,
                Seed = seed,
                MinP = 0.1f,
                Logprobs = 5,
                Form = schema is null ? null : new AnswerForm((AnswerFormKind)(schema.Length % 4), schema) { DropsFirstSpace = schema.Length % 3 == 0, Told = schema.Length % 2 == 0 ? " " : "" },
                Quotes = new QuoteRule([schema ?? "", "other"], 2, 90),
                LogitBias = new Dictionary<int, float> { [7] = -100, [9] = 0.3f },
                BadWords = [[5], [6, 7]],
            },
        };
        var reader = new FrameReader(Frame(FrameKind.Submit, w => RequestFrames.WriteSubmit(w, 42, request, There)));
        var (id, read) = RequestFrames.ReadSubmit(ref reader, Here);

        Assert.Equal((FrameKind.Submit, 42L), (reader.Kind, id));
        Assert.Equal(JsonSerializer.Serialize(request with { Deadline = request.Deadline - There + Here }, WireJson.Default.GenerationRequest), JsonSerializer.Serialize(read, WireJson.Default.GenerationRequest));
        Assert.Equal(request.PromptTokens, read.PromptTokens);
        Assert.Equal(request.PriorTokens, read.PriorTokens);
        Assert.Equal(request.PromptLogprobs, read.PromptLogprobs);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Token_Any_ComesOutAsItWas() => Prop.ForAll<(long, int, int, float, bool), NonNegativeInt>((answer, queued) =>
    {
        var (id, token, finish, chosen, hasLogprobs) = answer;
        FinishReason? reason = (finish & 3) switch { 0 => FinishReason.Stop, 1 => FinishReason.Length, _ => null };
        var logprobs = hasLogprobs ? new TokenLogprobs(chosen, 7, [new TokenLogprob(token, chosen), new TokenLogprob(3, -1)]) : null;
        var times = queued.Get % 2 == 0 ? null : new SequenceTimes(TimeSpan.FromMilliseconds(queued.Get), TimeSpan.Zero, TimeSpan.FromSeconds(queued.Get));
        int? cached = queued.Get % 3 == 0 ? null : queued.Get;
        TokenLogprobs[]? prompt = queued.Get % 4 == 0 ? null : [.. Enumerable.Range(1, queued.Get % 5).Select(rank => new TokenLogprobs(chosen, rank, [new TokenLogprob(rank, -rank)]))];
        var reader = new FrameReader(Frame(FrameKind.Token, w => AnswerFrames.WriteToken(w, id, new GeneratedToken(token, reason, logprobs, times, PromptReport.Of(cached, prompt)))));
        var (readId, read) = AnswerFrames.ReadToken(ref reader);

        Assert.Equal((id, token, reason), (readId, read.Id, read.Finish));
        Assert.Equal(logprobs?.Chosen, read.Logprobs?.Chosen);
        Assert.Equal(logprobs?.Rank, read.Logprobs?.Rank);
        Assert.Equal(logprobs?.Top, read.Logprobs?.Top);
        Assert.Equal(prompt?.Select(one => (one.Chosen, one.Rank, one.Top[0])), read.PromptLogprobs?.Select(one => (one.Chosen, one.Rank, one.Top[0])));
        Assert.Equal((times, cached), (read.Times, read.CachedTokens));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Load_EveryOption_ComesOutAsItWas()
    {
        var model = new ChildModel { Llm = new LlmEngineOptions { CheckpointPath = "a b", ModelName = "ü", WeightFormat = WeightFormat.Int4, KvCacheBytes = 1L << 40, SpinMicroseconds = 7, Ranks = 2, Speculation = true, MaxDraftTokens = 9 } };
        var reader = new FrameReader(Frame(FrameKind.Load, w => LoadFrames.WriteLoad(w, model)));
        Assert.Equal(model, LoadFrames.ReadLoad(ref reader));
    }

    [Fact]
    public void Load_EncoderForSeveralTasks_ComesOutAsItWas()
    {
        var encoder = new EncoderOptions("minilm", 2, [EncoderTask.Embedding, EncoderTask.LateInteraction], IsBert: true, EngineDevice.Cuda, WeightFormat.Int8);
        var reader = new FrameReader(Frame(FrameKind.Load, w => LoadFrames.WriteLoad(w, new ChildModel { Encoder = encoder })));
        var read = LoadFrames.ReadLoad(ref reader).Encoder!;
        Assert.Equal(encoder.Tasks, read.Tasks);
        Assert.Equal(encoder, read with { Tasks = encoder.Tasks });
    }

    [Fact]
    public void Encode_AnyTask_ComesOutAsItWas()
    {
        foreach (var task in Enum.GetValues<EncoderTask>())
        {
            var reader = new FrameReader(Frame(FrameKind.Encode, w => RequestFrames.WriteEncode(w, 7, task, [[1, 2], []], [[0, 1], []])));
            var read = RequestFrames.ReadEncode(ref reader);
            Assert.Equal((7, task), (read.Id, read.Task));
            Assert.Equal([[1, 2], []], read.Ids);
            Assert.Equal([[0, 1], []], read.Marks);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Status_Full_ComesOutAsItWasOnAnotherClock(bool hasDevice)
    {
        var status = new EngineStatus(true, There - TimeSpan.FromSeconds(7), 3, 4, 0.5, 10, 11)
        {
            Preemptions = 1,
            PrefixQueryTokens = 2,
            PrefixHitTokens = 3,
            Drafts = new DraftCounts(5, 6, 7),
            KvCacheBlocks = 4,
            KvCacheBlockSize = 32,
            DeviceMemory = hasDevice ? new DeviceMemory(1L << 40, 2, 3, 4) : null,
            Histograms = [new HistogramCounts([1, 2], 2.5)],
        };
        var reader = new FrameReader(Frame(FrameKind.Pong, w => StatusFrames.WriteFull(w, status, There)));
        var read = StatusFrames.ReadFull(ref reader, Here);
        reader.End();

        Assert.Equal(status with { LastProgress = Here - TimeSpan.FromSeconds(7), Histograms = read.Histograms }, read);
        Assert.Equal([1, 2], Assert.Single(read.Histograms).Counts);
        Assert.Equal(2.5, read.Histograms[0].Sum);
    }

    [Fact]
    public void Load_OtherVersion_IsRefusedWithBothNumbers()
    {
        var frame = Frame(FrameKind.Load, w => w.Int32(77));
        var error = Assert.Throws<ProtocolException>(() =>
        {
            var reader = new FrameReader(frame);
            LoadFrames.ReadLoad(ref reader);
        });
        Assert.Contains($"version 77 of the engine protocol; {LoadFrames.Version}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever the other side sends, reading it ends with a value or one of two exceptions, and allocates no more than was sent.</summary>
    [Fact]
    public void Read_AnyBytes_IsRefusedOrRead() => Prop.ForAll<byte[], byte>((bytes, kind) =>
    {
        byte[] frame = [(byte)(1 + (kind % 80)), .. bytes];
        Action<byte[]>[] reads =
        [
            f => { var r = new FrameReader(f); RequestFrames.ReadSubmit(ref r, Here); },
            f => { var r = new FrameReader(f); RequestFrames.ReadEncode(ref r); },
            f => { var r = new FrameReader(f); AnswerFrames.ReadToken(ref r); },
            f => { var r = new FrameReader(f); AnswerFrames.ReadFailed(ref r); },
            f => { var r = new FrameReader(f); AnswerFrames.ReadVectors(ref r); },
            f => { var r = new FrameReader(f); LoadFrames.ReadLoad(ref r); },
            f => { var r = new FrameReader(f); StatusFrames.ReadFull(ref r, Here); },
        ];
        foreach (var read in reads)
        {
            var error = Record.Exception(() => read(frame));
            Assert.True(error is null or ProtocolException or JsonException, error?.ToString());
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void TryRead_AnyFramesInAnyPieces_ComeOutInOrder() => Prop.ForAll(
        Gen.Choose(0, 5000).ArrayOf().ToArbitrary(),
        Gen.Choose(1, 4000).ToArbitrary(),
        (sizes, piece) =>
        {
            var writer = new FrameWriter();
            foreach (var size in sizes)
            {
                writer.Begin(FrameKind.Vectors);
                writer.Bytes([.. Enumerable.Range(0, size).Select(i => (byte)(i * size))]);
                writer.End();
            }

            var frames = new FrameStream(new PieceStream(writer.Written.ToArray(), piece));
            foreach (var size in sizes)
            {
                Assert.True(frames.TryRead(out var frame));
                var reader = new FrameReader(frame);
                Assert.Equal(Enumerable.Range(0, size).Select(i => (byte)(i * size)), reader.Bytes().ToArray());
            }

            Assert.False(frames.TryRead(out _));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(FrameWriter.MaxFrameBytes + 1)]
    [InlineData(int.MinValue)]
    public void TryRead_LengthOutOfRange_IsRefused(int length) =>
        Assert.Throws<ProtocolException>(() => new FrameStream(new MemoryStream([.. BitConverter.GetBytes(length), 1, 2, 3])).TryRead(out _));

    [Fact]
    public void TryRead_EndWithinAFrame_IsRefused() =>
        Assert.Throws<ProtocolException>(() => new FrameStream(new MemoryStream([9, 0, 0, 0, 1, 2])).TryRead(out _));

    [Fact]
    public void End_FrameTooLong_IsTakenBack()
    {
        var writer = new FrameWriter();
        writer.Begin(FrameKind.Submit);
        writer.Int32s(new int[FrameWriter.MaxFrameBytes / sizeof(int)]);
        Assert.Throws<ProtocolException>(writer.End);
        Assert.Equal(0, writer.Length);
    }

    private static byte[] Frame(FrameKind kind, Action<FrameWriter> write)
    {
        var writer = new FrameWriter();
        writer.Begin(kind);
        write(writer);
        writer.End();
        return writer.Written[sizeof(int)..].ToArray();
    }

    /// <summary>Gives a few bytes at a time, as a pipe may.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
