using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

/// <summary>What drafts bring over a whole engine whose steps take what a curve says, on a clock of their own: the planning alone, without the noise of a machine.</summary>
public sealed class PlannedGainTests
{
    private const int PromptLength = 261, Vocabulary = 1000, Eos = 2;

    /// <summary>TinyLlama's shape in int4 (docs/serving/speculation-measurements.md).</summary>
    private static readonly StepCosts Measured = new(
    [
        (1, 1), (2, 1.43), (3, 1.63), (4, 1.93), (5, 3.26), (6, 2.24), (7, 1.98), (8, 1.99), (10, 2.93), (12, 3.08), (14, 4.15), (16, 3.78), (20, 4.7), (24, 5.5), (32, 7.2), (48, 10.5), (64, 14), (80, 17.3),
    ]);

    [Fact]
    public async Task Generate_AnswersThatQuote_ComeInHalfTheTime() => Assert.InRange(await GainAsync(quotes: true), 1.9, 4);

    [Fact]
    public async Task Generate_WordsInNoOrderAfterAnswersThatQuote_TakeNoMoreThanAFiftiethLonger() => Assert.InRange(await GainAsync(quotes: false), 0.98, 1.02);

    /// <summary>Time of the decoding steps without drafts by that with, one request after another.</summary>
    private static async Task<double> GainAsync(bool quotes)
    {
        var times = new double[2];
        foreach (bool drafts in (bool[])[false, true])
        {
            var model = new CostedModel(Measured);
            await using var engine = new LlmEngine(
                model,
                new LlmEngineOptions { CheckpointPath = "", ModelName = "costed", BlockSize = model.BlockSize },
                CostedModel.Blocks,
                [Eos],
                model.Time,
                NullLogger<LlmEngine>.Instance,
                drafts ? Measured : null);
            // Rates are learned from answers that quote in either case.
            await AnswerAsync(engine, model, quotes: true);
            double before = model.Decoding;
            for (int round = 0; round < 3; round++)
                await AnswerAsync(engine, model, quotes);

            times[drafts ? 1 : 0] = model.Decoding - before;
        }
        return times[0] / times[1];
    }

    private static async Task AnswerAsync(LlmEngine engine, CostedModel model, bool quotes)
    {
        var random = new Random(3);
        for (int number = 0; number < 16; number++)
        {
            // Words as frequent as words are: some often, most seldom.
            int[] prompt = [.. Enumerable.Range(0, PromptLength).Select(_ => 10 + (int)(Math.Pow(random.NextDouble(), 2.5) * 900))];
            int start = random.Next(10, 230);
            int[] quote = [prompt[random.Next(3, 200)], .. prompt[start..(start + 9)], 950 + number, .. prompt[(start + 10)..(start + 17)], Eos];
            int[] words = [.. Enumerable.Range(0, 17).Select(_ => prompt[random.Next(2, PromptLength)]), Eos];
            model.Answer = quotes ? quote : words;
            List<int> answer = [];
            await foreach (var token in engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt, MaxTokens = 100, Sampling = new SamplingParameters { Temperature = 0 } }, CancellationToken.None))
                answer.Add(token.Id);

            Assert.Equal(model.Answer, answer);
        }
    }

    private sealed class CostedModel(StepCosts costs) : IStepModel
    {
        public const int Blocks = 64;

        private float[] _logits = [];

        public Clock Time { get; } = new();

        /// <summary>What the one request in flight is answered.</summary>
        public int[] Answer { get; set; } = [];

        /// <summary>Seconds of all steps that only decoded.</summary>
        public double Decoding { get; private set; }

        public int VocabularySize => Vocabulary;

        public int ContextLength => 1024;

        public int BlockSize => 32;

        public int TableWidth => 32;

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
        {
            meanwhile?.Invoke();
            int rows = step.SampledRows.Length;
            double seconds = costs.Of(step.InputIds.Length);
            Time.Advance(seconds);
            Decoding += step.PastLengths[0] >= PromptLength ? seconds : 0;
            Array.Resize(ref _logits, rows * Vocabulary);
            Array.Clear(_logits);
            for (int row = 0; row < rows; row++)
            {
                int next = step.PastLengths[0] + step.SampledRows[row] + 1 - PromptLength;
                _logits[(row * Vocabulary) + Answer[Math.Clamp(next, 0, Answer.Length - 1)]] = 1;
            }
            return _logits;
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _nanoseconds;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => Volatile.Read(ref _nanoseconds);

        public void Advance(double seconds) => Interlocked.Add(ref _nanoseconds, (long)(1e9 * seconds));
    }
}
