using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>
/// T5's encoder with Instructor's pooling and projection, written down plainly (Hugging Face's T5Stack; no 1/sqrt(d), bias of
/// layer 0 shared). An oracle that owes nothing to the engine. Without instruction: every token and the final EOS are pooled.
/// </summary>
internal sealed class NaiveEncoder
{
    private readonly int _width;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _buckets;
    private readonly int _maxDistance;
    private readonly double _epsilon;
    private readonly float[] _embeddings;
    private readonly float[] _positionBias;
    private readonly float[] _finalNorm;
    private readonly SparseMatrix _projection;
    private readonly Layer[] _layers;
    private readonly SentencePieceTokenizer _tokenizer;

    public NaiveEncoder(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        int Number(string name) => config.RootElement.GetProperty(name).GetInt32();
        _width = Number("d_model");
        _heads = Number("num_heads");
        _headSize = Number("d_kv");
        _buckets = Number("relative_attention_num_buckets");
        _maxDistance = Number("relative_attention_max_distance");
        _epsilon = config.RootElement.GetProperty("layer_norm_epsilon").GetDouble();
        _tokenizer = TokenizerFile.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var (inner, feedForward) = (_heads * _headSize, Number("d_ff"));
        _embeddings = checkpoint.Floats("shared.weight", Number("vocab_size"), _width);
        _positionBias = checkpoint.Floats("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", _buckets, _heads);
        _finalNorm = checkpoint.Floats("encoder.final_layer_norm.weight", _width);
        _layers =
        [
            .. Enumerable.Range(0, Number("num_layers")).Select(i =>
            {
                var prefix = $"encoder.block.{i}.layer.";
                SparseMatrix Read(string name, int outputs, int inputs) => new(checkpoint.Floats(prefix + name + ".weight", outputs, inputs), outputs);
                return new Layer(
                    checkpoint.Floats(prefix + "0.layer_norm.weight", _width),
                    Read("0.SelfAttention.q", inner, _width), Read("0.SelfAttention.k", inner, _width), Read("0.SelfAttention.v", inner, _width), Read("0.SelfAttention.o", _width, inner),
                    checkpoint.Floats(prefix + "1.layer_norm.weight", _width),
                    Read("1.DenseReluDense.wi", feedForward, _width), Read("1.DenseReluDense.wo", _width, feedForward));
            }),
        ];
        using var dense = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "2_Dense", "config.json")));
        var outputs = dense.RootElement.GetProperty("out_features").GetInt32();
        using var projection = Checkpoint.Open(Path.Combine(folder, "2_Dense"));
        _projection = new SparseMatrix(projection.Floats("linear.weight", outputs, _width), outputs);
    }

    /// <summary>The unit vector of a text.</summary>
    public float[] Embed(string text)
    {
        int[] ids = [.. _tokenizer.Encode(text.Trim()), _tokenizer.EosId];
        var states = ids.Select(id => _embeddings.AsSpan(id * _width, _width).ToArray()).ToArray();
        foreach (var layer in _layers)
        {
            var attended = Attend(layer, [.. states.Select(state => Normalized(state, layer.AttentionNorm))]);
            for (var i = 0; i < states.Length; i++)
            {
                Add(states[i], layer.Output.Times(attended[i]));
                var hidden = layer.FeedIn.Times(Normalized(states[i], layer.FeedNorm));
                for (var j = 0; j < hidden.Length; j++) hidden[j] = Math.Max(hidden[j], 0);
                Add(states[i], layer.FeedOut.Times(hidden));
            }
        }

        var mean = new float[_width];
        foreach (var state in states)
        {
            var normalized = Normalized(state, _finalNorm);
            for (var j = 0; j < _width; j++) mean[j] += normalized[j] / states.Length;
        }

        var vector = _projection.Times(mean);
        var length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return [.. vector.Select(value => (float)(value / length))];
    }

    private float[][] Attend(Layer layer, float[][] inputs)
    {
        var queries = inputs.Select(input => layer.Query.Times(input)).ToArray();
        var keys = inputs.Select(input => layer.Key.Times(input)).ToArray();
        var values = inputs.Select(input => layer.Value.Times(input)).ToArray();
        var outputs = inputs.Select(_ => new float[_heads * _headSize]).ToArray();
        for (var head = 0; head < _heads; head++)
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var scores = new double[inputs.Length];
                for (var k = 0; k < scores.Length; k++)
                {
                    for (var d = head * _headSize; d < (head + 1) * _headSize; d++) scores[k] += queries[i][d] * keys[k][d];
                    scores[k] += _positionBias[Bucket(k - i) * _heads + head];
                }

                var highest = scores.Max();
                for (var k = 0; k < scores.Length; k++) scores[k] = Math.Exp(scores[k] - highest);
                var sum = scores.Sum();
                for (var k = 0; k < scores.Length; k++)
                {
                    for (var d = head * _headSize; d < (head + 1) * _headSize; d++) outputs[i][d] += (float)(scores[k] / sum * values[k][d]);
                }
            }
        }

        return outputs;
    }

    /// <summary>T5's relative position bucket, bidirectional.</summary>
    private int Bucket(int relative)
    {
        var half = _buckets / 2;
        var offset = relative > 0 ? half : 0;
        var distance = Math.Abs(relative);
        var exact = half / 2;
        if (distance < exact) return offset + distance;
        var large = exact + (int)(Math.Log((double)distance / exact) / Math.Log((double)_maxDistance / exact) * (half - exact));
        return offset + Math.Min(large, half - 1);
    }

    private float[] Normalized(float[] state, float[] weight)
    {
        var scale = 1 / Math.Sqrt(state.Sum(value => (double)value * value) / _width + _epsilon);
        var normalized = new float[_width];
        for (var i = 0; i < _width; i++) normalized[i] = (float)(state[i] * scale * weight[i]);
        return normalized;
    }

    private static void Add(float[] state, float[] change)
    {
        for (var i = 0; i < state.Length; i++) state[i] += change[i];
    }

    private sealed record Layer(
        float[] AttentionNorm, SparseMatrix Query, SparseMatrix Key, SparseMatrix Value, SparseMatrix Output,
        float[] FeedNorm, SparseMatrix FeedIn, SparseMatrix FeedOut);
}
