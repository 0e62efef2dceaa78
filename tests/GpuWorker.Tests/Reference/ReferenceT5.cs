using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>A T5 encoder with masked mean pooling, Dense and normalisation, in float64 from its definition: one text at a time.</summary>
internal sealed class ReferenceT5(T5Config config, IReadOnlyDictionary<string, TensorData> tensors, TensorData? dense)
{
    public double[] Encode(int[] tokens, int[] poolMask)
    {
        double[][] hidden = [.. tokens.Select(id => (double[])Rows(tensors["shared.weight"])[id].Clone())];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string prefix = $"encoder.block.{layer}.layer.";
            double[][] attention = Attend([.. hidden.Select(h => Norm(h, prefix + "0.layer_norm.weight"))], prefix + "0.SelfAttention.");
            for (int t = 0; t < tokens.Length; t++)
            {
                hidden[t] = Sum(hidden[t], Multiply(tensors[prefix + "0.SelfAttention.o.weight"], attention[t]));
                double[] x = Norm(hidden[t], prefix + "1.layer_norm.weight");
                hidden[t] = Sum(hidden[t], Multiply(tensors[prefix + "1.DenseReluDense.wo.weight"], FeedForward(x, prefix + "1.DenseReluDense.")));
            }
        }
        var mean = new double[config.HiddenSize];
        for (int t = 0; t < tokens.Length; t++)
            if (poolMask[t] == 1)
                mean = Sum(mean, [.. Norm(hidden[t], "encoder.final_layer_norm.weight").Select(v => v / poolMask.Sum())]);

        double[] vector = dense is null ? mean : Multiply(dense, mean);
        double length = Math.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => v / length)];
    }

    private double[] FeedForward(double[] x, string prefix)
    {
        if (!config.GatedGelu)
            return [.. Multiply(tensors[prefix + "wi.weight"], x).Select(v => Math.Max(0, v))];

        return [.. Multiply(tensors[prefix + "wi_0.weight"], x).Zip(Multiply(tensors[prefix + "wi_1.weight"], x), (gate, up) =>
            gate * 0.5 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (gate + (0.044715 * gate * gate * gate)))) * up)];
    }

    private double[][] Attend(double[][] normed, string prefix)
    {
        int size = config.HeadSize;
        double[][] queries = [.. normed.Select(x => Multiply(tensors[prefix + "q.weight"], x))];
        double[][] keys = [.. normed.Select(x => Multiply(tensors[prefix + "k.weight"], x))];
        double[][] values = [.. normed.Select(x => Multiply(tensors[prefix + "v.weight"], x))];
        double[][] bias = Rows(tensors["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]);
        var output = new double[normed.Length][];
        for (int t = 0; t < normed.Length; t++)
        {
            output[t] = new double[config.Heads * size];
            for (int head = 0; head < config.Heads; head++)
            {
                var scores = new double[normed.Length];
                for (int j = 0; j < normed.Length; j++)
                {
                    scores[j] = bias[Bucket(j - t)][head];
                    for (int d = 0; d < size; d++)
                        scores[j] += queries[t][(head * size) + d] * keys[j][(head * size) + d];
                }
                double max = scores.Max(), sum = scores.Sum(s => Math.Exp(s - max));
                for (int j = 0; j < normed.Length; j++)
                    for (int d = 0; d < size; d++)
                        output[t][(head * size) + d] += Math.Exp(scores[j] - max) / sum * values[j][(head * size) + d];
            }
        }
        return output;
    }

    /// <summary>transformers' T5Attention._relative_position_bucket with bidirectional=True.</summary>
    private int Bucket(int relativePosition)
    {
        int buckets = config.RelativeBuckets / 2;
        int result = relativePosition > 0 ? buckets : 0;
        relativePosition = Math.Abs(relativePosition);
        int maxExact = buckets / 2;
        if (relativePosition < maxExact)
            return result + relativePosition;

        int large = maxExact + (int)(Math.Log((double)relativePosition / maxExact) / Math.Log((double)config.RelativeMaxDistance / maxExact) * (buckets - maxExact));
        return result + Math.Min(large, buckets - 1);
    }

    private double[] Norm(double[] x, string weight)
    {
        double scale = 1 / Math.Sqrt((x.Sum(v => v * v) / x.Length) + config.NormEpsilon);
        float[] w = tensors[weight].ToFloats();
        return [.. x.Select((v, i) => v * scale * w[i])];
    }

    private static double[] Multiply(TensorData weight, double[] x) => [.. Rows(weight).Select(row => row.Zip(x, (w, v) => w * v).Sum())];

    private static double[][] Rows(TensorData tensor) => [.. tensor.ToFloats().Chunk(tensor.Shape[1]).Select(row => row.Select(v => (double)v).ToArray())];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
