using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>Llama in float64 from its definition: no cache, no batch, no tricks. The whole sequence enters, all logits leave.</summary>
internal sealed class ReferenceLlama(LlamaConfig config, IReadOnlyDictionary<string, TensorData> tensors)
{
    private readonly Dictionary<string, double[][]> _matrices = [];

    /// <summary>Logits [tokens][vocabulary].</summary>
    /// <param name="cached">Sees each layer's keys, after rotation, and values [tokens][kv_heads * head_size].</param>
    public double[][] Logits(int[] tokens, Action<int, double[][], double[][]>? cached = null)
    {
        double[][] hidden = [.. tokens.Select(id => (double[])Matrix("model.embed_tokens.weight")[id].Clone())];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            double[][] normed = [.. hidden.Select(h => Norm(h, prefix + "input_layernorm.weight"))];
            double[][] attention = Attend(normed, prefix + "self_attn.", (keys, values) => cached?.Invoke(layer, keys, values));
            for (int t = 0; t < tokens.Length; t++)
                Add(hidden[t], Multiply(prefix + "self_attn.o_proj.weight", attention[t]));

            for (int t = 0; t < tokens.Length; t++)
            {
                double[] x = Norm(hidden[t], prefix + "post_attention_layernorm.weight");
                double[] gate = Multiply(prefix + "mlp.gate_proj.weight", x);
                double[] up = Multiply(prefix + "mlp.up_proj.weight", x);
                Add(hidden[t], Multiply(prefix + "mlp.down_proj.weight", [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]));
            }
        }
        string head = config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        return [.. hidden.Select(h => Multiply(head, Norm(h, "model.norm.weight")))];
    }

    public int[] Greedy(int[] prompt, int count)
    {
        List<int> tokens = [.. prompt];
        for (int i = 0; i < count; i++)
        {
            double[] last = Logits([.. tokens])[^1];
            tokens.Add(Array.IndexOf(last, last.Max()));
        }
        return [.. tokens.Skip(prompt.Length)];
    }

    private double[][] Attend(double[][] normed, string prefix, Action<double[][], double[][]> cached)
    {
        int size = config.HeadSize, group = config.Heads / config.KvHeads;
        double[][] queries = [.. normed.Select((x, t) => Rotate(Multiply(prefix + "q_proj.weight", x), t))];
        double[][] keys = [.. normed.Select((x, t) => Rotate(Multiply(prefix + "k_proj.weight", x), t))];
        double[][] values = [.. normed.Select(x => Multiply(prefix + "v_proj.weight", x))];
        cached(keys, values);
        var output = new double[normed.Length][];
        for (int t = 0; t < normed.Length; t++)
        {
            output[t] = new double[config.Heads * size];
            for (int head = 0; head < config.Heads; head++)
            {
                int kv = head / group * size;
                var scores = new double[t + 1];
                for (int j = 0; j <= t; j++)
                    for (int d = 0; d < size; d++)
                        scores[j] += queries[t][(head * size) + d] * keys[j][kv + d] / Math.Sqrt(size);

                double[] weights = SoftMax(scores);
                for (int j = 0; j <= t; j++)
                    for (int d = 0; d < size; d++)
                        output[t][(head * size) + d] += weights[j] * values[j][kv + d];
            }
        }
        return output;
    }

    private double[] Rotate(double[] x, int position)
    {
        int size = config.HeadSize;
        var rotated = new double[x.Length];
        for (int at = 0; at < x.Length; at += size)
        {
            for (int i = 0; i < size / 2; i++)
            {
                double angle = position * Math.Pow(config.RopeTheta, -2.0 * i / size);
                double a = x[at + i], b = x[at + i + (size / 2)];
                rotated[at + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                rotated[at + i + (size / 2)] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
        }
        return rotated;
    }

    private double[] Norm(double[] x, string weight)
    {
        double scale = 1 / Math.Sqrt((x.Sum(v => v * v) / x.Length) + config.NormEpsilon);
        float[] w = tensors[weight].ToFloats();
        return [.. x.Select((v, i) => v * scale * w[i])];
    }

    private double[] Multiply(string weight, double[] x) => [.. Matrix(weight).Select(row => row.Zip(x, (w, v) => w * v).Sum())];

    private double[][] Matrix(string name)
    {
        if (!_matrices.TryGetValue(name, out var rows))
        {
            float[] values = tensors[name].ToFloats();
            rows = [.. values.Chunk(tensors[name].Shape[1]).Select(row => row.Select(v => (double)v).ToArray())];
            _matrices[name] = rows;
        }
        return rows;
    }

    private static double[] SoftMax(double[] scores)
    {
        double max = scores.Max();
        double[] exponents = [.. scores.Select(s => Math.Exp(s - max))];
        double sum = exponents.Sum();
        return [.. exponents.Select(e => e / sum)];
    }

    private static void Add(double[] sum, double[] term)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += term[i];
    }
}
