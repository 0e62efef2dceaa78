using System.Numerics.Tensors;
using System.Text.Json;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Demo;

/// <summary>
/// Hugging Face's Llama forward pass written down plainly, token by token with a KV cache: RMS norm, RoPE on halves (angles in
/// double), grouped-query attention, SwiGLU. An oracle that owes nothing to the engine.
/// </summary>
internal sealed class NaiveLlama
{
    private readonly int _width;
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _headSize;
    private readonly double _theta;
    private readonly double _epsilon;
    private readonly float[] _embeddings;
    private readonly float[] _finalNorm;
    private readonly SparseMatrix _output;
    private readonly Layer[] _layers;

    public NaiveLlama(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var root = config.RootElement;
        var vocabulary = root.GetProperty("vocab_size").GetInt32();
        var inner = root.GetProperty("intermediate_size").GetInt32();
        _width = root.GetProperty("hidden_size").GetInt32();
        _heads = root.GetProperty("num_attention_heads").GetInt32();
        _keyValueHeads = root.GetProperty("num_key_value_heads").GetInt32();
        _headSize = _width / _heads;
        _theta = root.GetProperty("rope_theta").GetDouble();
        _epsilon = root.GetProperty("rms_norm_eps").GetDouble();
        using var checkpoint = Checkpoint.Open(folder);
        _embeddings = checkpoint.Floats("model.embed_tokens.weight", vocabulary, _width);
        _finalNorm = checkpoint.Floats("model.norm.weight", _width);
        _output = new SparseMatrix(checkpoint.Floats("lm_head.weight", vocabulary, _width), vocabulary);
        _layers = [.. Enumerable.Range(0, root.GetProperty("num_hidden_layers").GetInt32()).Select(i => ReadLayer(checkpoint, $"model.layers.{i}.", inner))];
    }

    /// <summary>Greedy continuation of <paramref name="prompt"/>, EOS not included; the flag says whether EOS came.</summary>
    public (List<int> Tokens, bool Ended) Generate(ReadOnlySpan<int> prompt, int eos, int limit)
    {
        var keys = _layers.Select(_ => new List<float[]>()).ToArray();
        var values = _layers.Select(_ => new List<float[]>()).ToArray();
        var logits = Array.Empty<float>();
        for (var position = 0; position < prompt.Length; position++)
        {
            var state = Step(prompt[position], position, keys, values);
            if (position == prompt.Length - 1) logits = Logits(state);
        }

        var tokens = new List<int>();
        while (tokens.Count < limit)
        {
            var next = TensorPrimitives.IndexOfMax(logits);
            if (next == eos) return (tokens, true);
            tokens.Add(next);
            logits = Logits(Step(next, prompt.Length + tokens.Count - 1, keys, values));
        }

        return (tokens, false);
    }

    /// <summary>The residual after each position's last layer; for looking into the model.</summary>
    public float[][] Residuals(ReadOnlySpan<int> prompt)
    {
        var keys = _layers.Select(_ => new List<float[]>()).ToArray();
        var values = _layers.Select(_ => new List<float[]>()).ToArray();
        var states = new float[prompt.Length][];
        for (var position = 0; position < prompt.Length; position++) states[position] = Step(prompt[position], position, keys, values);
        return states;
    }

    private float[] Logits(float[] state) => _output.Times(Normalized(state, _finalNorm));

    private float[] Step(int token, int position, List<float[]>[] keys, List<float[]>[] values)
    {
        var state = _embeddings.AsSpan(token * _width, _width).ToArray();
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            var input = Normalized(state, layer.AttentionNorm);
            var query = Rotated(layer.Query.Times(input), _heads, position);
            keys[i].Add(Rotated(layer.Key.Times(input), _keyValueHeads, position));
            values[i].Add(layer.Value.Times(input));
            Add(state, layer.AttentionOutput.Times(Attend(layer, query, keys[i], values[i])));
            var middle = Normalized(state, layer.MlpNorm);
            var gate = layer.Gate.Times(middle);
            var up = layer.Up.Times(middle);
            for (var j = 0; j < gate.Length; j++) gate[j] = gate[j] / (1 + MathF.Exp(-gate[j])) * up[j];
            Add(state, layer.Down.Times(gate));
        }

        return state;
    }

    private float[] Attend(Layer layer, float[] query, List<float[]> keys, List<float[]> values)
    {
        var output = new float[_heads * _headSize];
        var scores = new float[keys.Count];
        var scale = (float)(1 / Math.Sqrt(_headSize));
        for (var head = 0; head < _heads; head++)
        {
            // What the output projection does not read need not be computed.
            if (!layer.ReadsHead[head]) continue;
            var shared = head * _keyValueHeads / _heads * _headSize;
            var q = query.AsSpan(head * _headSize, _headSize);
            for (var i = 0; i < scores.Length; i++) scores[i] = scale * TensorPrimitives.Dot(q, keys[i].AsSpan(shared, _headSize));
            var highest = TensorPrimitives.Max(scores);
            var sum = 0f;
            for (var i = 0; i < scores.Length; i++) sum += scores[i] = MathF.Exp(scores[i] - highest);
            var sink = output.AsSpan(head * _headSize, _headSize);
            for (var i = 0; i < scores.Length; i++)
            {
                if (scores[i] > 0) TensorPrimitives.MultiplyAdd(values[i].AsSpan(shared, _headSize), scores[i] / sum, sink, sink);
            }
        }

        return output;
    }

    private float[] Rotated(float[] vector, int heads, int position)
    {
        var half = _headSize / 2;
        for (var i = 0; i < half; i++)
        {
            var (sin, cos) = Math.SinCos(position * Math.Pow(_theta, -2.0 * i / _headSize));
            for (var head = 0; head < heads; head++)
            {
                ref var first = ref vector[head * _headSize + i];
                ref var second = ref vector[head * _headSize + i + half];
                (first, second) = ((float)(first * cos - second * sin), (float)(second * cos + first * sin));
            }
        }

        return vector;
    }

    private float[] Normalized(float[] state, float[] weight)
    {
        var scale = (float)(1 / Math.Sqrt(TensorPrimitives.SumOfSquares(state) / (double)_width + _epsilon));
        var normalized = new float[_width];
        for (var i = 0; i < _width; i++) normalized[i] = state[i] * scale * weight[i];
        return normalized;
    }

    private static void Add(float[] state, float[] change) => TensorPrimitives.Add(state, change, state);

    private Layer ReadLayer(Checkpoint checkpoint, string prefix, int inner)
    {
        SparseMatrix Read(string name, int outputs, int inputs) => new(checkpoint.Floats(prefix + name, outputs, inputs), outputs);
        var output = Read("self_attn.o_proj.weight", _width, _heads * _headSize);
        return new Layer(
            checkpoint.Floats(prefix + "input_layernorm.weight", _width),
            Read("self_attn.q_proj.weight", _heads * _headSize, _width),
            Read("self_attn.k_proj.weight", _keyValueHeads * _headSize, _width),
            Read("self_attn.v_proj.weight", _keyValueHeads * _headSize, _width),
            output,
            [.. Enumerable.Range(0, _heads).Select(head => output.ReadsAny(head * _headSize, _headSize))],
            checkpoint.Floats(prefix + "post_attention_layernorm.weight", _width),
            Read("mlp.gate_proj.weight", inner, _width),
            Read("mlp.up_proj.weight", inner, _width),
            Read("mlp.down_proj.weight", _width, inner));
    }

    private sealed record Layer(
        float[] AttentionNorm, SparseMatrix Query, SparseMatrix Key, SparseMatrix Value, SparseMatrix AttentionOutput, bool[] ReadsHead,
        float[] MlpNorm, SparseMatrix Gate, SparseMatrix Up, SparseMatrix Down);
}
