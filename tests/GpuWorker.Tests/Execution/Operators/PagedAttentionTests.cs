using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

/// <summary>Contexts of several ranges, which whole models of a test's size do not reach.</summary>
public sealed class PagedAttentionTests
{
    private const int Context = 600;

    /// <summary>One head a group and eight; blocks that end where ranges do, and that do not.</summary>
    public static TheoryData<KvCacheFormat, int, int, int, int> Shapes() => new()
    {
        { KvCacheFormat.Float32, 1, 8, 64, 32 },
        { KvCacheFormat.Float32, 4, 1, 24, 37 },
        { KvCacheFormat.Int8, 1, 8, 64, 32 },
        { KvCacheFormat.Int8, 4, 1, 24, 37 },
        { KvCacheFormat.Int8, 2, 3, 128, 300 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_LongContext_EqualsTheDefinitionAndHasTheSameBitsHoweverItIsCut(KvCacheFormat format, int kvHeads, int group, int headSize, int blockSize)
    {
        using var attention = new Attention(format, kvHeads, group, headSize, blockSize);
        float[][] tokens = attention.RandomTokens(Context, seed: 1);
        float[][] whole = attention.Run(tokens, [Context]);

        // The last rows alone go the way of few tiles: their ranges are items of their own.
        Assert.Equal(Bits(whole), Bits(attention.Run(tokens, [250, 7, 340, 1, 1, 1])));
        double[][] exact = attention.Exact(tokens);
        Assert.InRange(RelativeError(exact, whole), 0, format == KvCacheFormat.Int8 ? 0.02 : 1e-6);
    }

    /// <summary>The error of eight bits for each token and head, on normally distributed keys and values; docs/serving/quantisation.md states it.</summary>
    [Fact]
    public void Run_Int8_StaysWithinTheStatedError()
    {
        using var attention = new Attention(KvCacheFormat.Int8, 4, 8, 64, 32);
        float[][] tokens = attention.RandomTokens(Context, seed: 3);

        Assert.InRange(RelativeError(attention.Exact(tokens), attention.Run(tokens, [Context])), 0.002, 0.015);
    }

    [Theory]
    [InlineData(KvCacheFormat.Float32, float.NaN)]
    [InlineData(KvCacheFormat.Int8, float.NaN)]
    [InlineData(KvCacheFormat.Int8, float.PositiveInfinity)]
    public void Run_TokenThatIsNotFinite_BreaksThoseThatSeeItAndNoOther(KvCacheFormat format, float broken)
    {
        using var attention = new Attention(format, 2, 2, 16, 8);
        float[][] tokens = attention.RandomTokens(20, seed: 2);
        float[][] whole = attention.Run(tokens, [20]);
        Array.Fill(tokens[9], broken);

        float[][] result = attention.Run(tokens, [9, 11]);

        Assert.Equal(Bits(whole[..9]), Bits(result[..9]));
        Assert.All(result[9..], row => Assert.All(row, value => Assert.True(float.IsNaN(value))));
        // Its blocks go to someone else.
        Assert.Equal(Bits(whole[..9]), Bits(attention.Run(tokens[..9], [9])));
    }

    private static IEnumerable<uint> Bits(float[][] rows) => rows.SelectMany(row => row).Select(BitConverter.SingleToUInt32Bits);

    private static double RelativeError(double[][] exact, float[][] rows)
    {
        double error = exact.Zip(rows, (e, r) => e.Zip(r, (a, b) => (a - b) * (a - b)).Sum()).Sum();
        return Math.Sqrt(error / exact.Sum(row => row.Sum(v => v * v)));
    }

    /// <summary>A graph of this one operator over one sequence, in blocks that lie in another order than the sequence's.</summary>
    private sealed class Attention : IDisposable
    {
        private readonly int _heads, _kvHeads, _size, _width;
        private readonly KvCacheLayout _layout;
        private readonly InferenceSession _session;
        private readonly int[] _table;
        private readonly byte[] _keys, _values;
        private readonly float[] _cos, _sin;

        public Attention(KvCacheFormat format, int kvHeads, int group, int headSize, int blockSize)
        {
            (_heads, _kvHeads, _size) = (kvHeads * group, kvHeads, headSize);
            _width = (_heads + (2 * kvHeads)) * headSize;
            _layout = new KvCacheLayout(format, blockSize, headSize);
            int blocks = (Context + blockSize - 1) / blockSize;
            _table = [.. Enumerable.Range(0, blocks).Reverse()];
            _keys = new byte[blocks * kvHeads * _layout.KeyBytes];
            _values = new byte[blocks * kvHeads * _layout.ValueBytes];
            _cos = [.. Enumerable.Range(0, Context * headSize / 2).Select(i => (float)Math.Cos(Angle(i / (headSize / 2), i % (headSize / 2))))];
            _sin = [.. Enumerable.Range(0, Context * headSize / 2).Select(i => (float)Math.Sin(Angle(i / (headSize / 2), i % (headSize / 2))))];
            var graph = new OnnxGraph("attention");
            string[] inputs =
            [
                graph.Input("query", TensorElementType.Float, "tokens", _width),
                graph.Input("keys", TensorElementType.UInt8, blocks, kvHeads, _layout.KeyBytes),
                graph.Input("values", TensorElementType.UInt8, blocks, kvHeads, _layout.ValueBytes),
                graph.Input("lengths", TensorElementType.Int32, 2),
                graph.Input("past", TensorElementType.Int32, 1),
                graph.Input("table", TensorElementType.Int32, 1, blocks),
                graph.Input("cos", TensorElementType.Float, Context, headSize / 2),
                graph.Input("sin", TensorElementType.Float, Context, headSize / 2),
                graph.Input("slots", TensorElementType.Int32, "tokens"),
            ];
            graph.Node(
                OnnxDomain.Serverless,
                "PagedAttention",
                inputs,
                ["y"],
                ("num_heads", _heads),
                ("kv_num_heads", kvHeads),
                ("head_size", headSize),
                ("block_size", blockSize),
                ("kv_cache_format", (int)format),
                ("scale", (float)(1 / Math.Sqrt(headSize))));
            graph.Output("y", TensorElementType.Float, "tokens", _heads * headSize);
            _session = OnnxSessions.Create(graph.ToModel(), threads: 2);
        }

        /// <summary>Rows of queries, keys and values. Queries are large enough that some tokens matter more than others.</summary>
        public float[][] RandomTokens(int count, int seed) => QuantisedMatrix.Random(count, _width, seed, outliers: false);

        /// <summary>Runs the tokens as one sequence, in steps of so many.</summary>
        public float[][] Run(float[][] tokens, int[] steps)
        {
            List<float[]> rows = [];
            using var options = new RunOptions();
            using var keys = OrtValue.CreateTensorValueFromMemory(_keys, [_table.Length, _kvHeads, _layout.KeyBytes]);
            using var values = OrtValue.CreateTensorValueFromMemory(_values, [_table.Length, _kvHeads, _layout.ValueBytes]);
            using var table = OrtValue.CreateTensorValueFromMemory(_table, [1, _table.Length]);
            using var cos = OrtValue.CreateTensorValueFromMemory(_cos, [Context, _size / 2]);
            using var sin = OrtValue.CreateTensorValueFromMemory(_sin, [Context, _size / 2]);
            foreach (int count in steps)
            {
                int past = rows.Count;
                int[] slotNumbers = [.. Enumerable.Range(past, count).Select(p => (_table[p / _layout.BlockSize] * _layout.BlockSize) + (p % _layout.BlockSize))];
                using var query = OrtValue.CreateTensorValueFromMemory(tokens[past..(past + count)].SelectMany(row => row).ToArray(), [count, _width]);
                using var lengths = OrtValue.CreateTensorValueFromMemory<int>([0, count], [2]);
                using var pasts = OrtValue.CreateTensorValueFromMemory<int>([past], [1]);
                using var slots = OrtValue.CreateTensorValueFromMemory(slotNumbers, [count]);
                using var results = _session.Run(
                    options, ["query", "keys", "values", "lengths", "past", "table", "cos", "sin", "slots"], [query, keys, values, lengths, pasts, table, cos, sin, slots], ["y"]);
                rows.AddRange(results[0].GetTensorDataAsSpan<float>().ToArray().Chunk(_heads * _size));
            }
            return [.. rows];
        }

        public void Dispose() => _session.Dispose();

        /// <summary>The definition, in float64.</summary>
        public double[][] Exact(float[][] tokens)
        {
            double[][] turned = [.. tokens.Select(Turn)];
            var output = new double[tokens.Length][];
            for (int t = 0; t < tokens.Length; t++)
            {
                output[t] = new double[_heads * _size];
                for (int head = 0; head < _heads; head++)
                {
                    int kv = head / (_heads / _kvHeads), key = (_heads + kv) * _size, value = (_heads + _kvHeads + kv) * _size;
                    var weights = new double[t + 1];
                    for (int j = 0; j <= t; j++)
                    {
                        double score = 0;
                        for (int d = 0; d < _size; d++)
                            score += turned[t][(head * _size) + d] * turned[j][key + d];

                        weights[j] = Math.Exp(score / Math.Sqrt(_size));
                    }
                    double total = weights.Sum();
                    for (int j = 0; j <= t; j++)
                        for (int d = 0; d < _size; d++)
                            output[t][(head * _size) + d] += weights[j] / total * tokens[j][value + d];
                }
            }
            return output;
        }

        private double[] Turn(float[] row, int position)
        {
            int half = _size / 2;
            var turned = new double[(_heads + _kvHeads) * _size];
            for (int at = 0; at < turned.Length; at += _size)
            {
                for (int i = 0; i < half; i++)
                {
                    double angle = Angle(position, i);
                    turned[at + i] = (row[at + i] * Math.Cos(angle)) - (row[at + i + half] * Math.Sin(angle));
                    turned[at + i + half] = (row[at + i + half] * Math.Cos(angle)) + (row[at + i] * Math.Sin(angle));
                }
            }
            return turned;
        }

        private double Angle(int position, int i) => position * Math.Pow(10000, -2.0 * i / _size);
    }
}
