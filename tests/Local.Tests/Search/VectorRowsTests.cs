using System.Numerics.Tensors;
using Serverless.Local.Search.Schema;
using Serverless.Local.Search.Vectors;

namespace Serverless.Local.Tests.Search;

/// <summary>Codes only say what need not be compared: results are those of comparing everything.</summary>
public sealed class VectorRowsTests
{
    [Theory]
    [InlineData("cosine", 1, 20)]
    [InlineData("cosine", 50, 1)]
    [InlineData("dotProduct", 50, 20)]
    [InlineData("euclidean", 50, 20)]
    [InlineData("cosine", 5000, 20)]
    public void Find_ManyVectors_GivesWhatComparingAllGives(string metricName, int k, float spread)
    {
        var metric = Enum.Parse<VectorMetric>(metricName, ignoreCase: true);
        const int Dimensions = 67;
        var random = new Random(5);
        var rows = new VectorRows(Field(Dimensions, metric));
        var kept = new Dictionary<int, float[]>();
        for (var slot = 0; slot < 9000; slot++)
        {
            // Some near each other, some of other lengths, some the same, some of nothing.
            var scale = slot % 7 == 0 ? 1 : spread * random.NextSingle();
            var vector = slot % 500 == 1 ? new float[Dimensions] : slot % 11 == 3 ? [.. kept[slot - 1]] : [.. Enumerable.Range(0, Dimensions).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];
            rows.Put(slot, kept[slot] = vector);
        }

        for (var slot = 0; slot < 9000; slot += 13)
        {
            rows.Remove(slot);
            kept.Remove(slot);
        }

        foreach (var accepts in (Func<int, bool>?[])[null, slot => slot % 3 == 0, slot => slot % 1000 == 1, _ => false])
        {
            float[] query = [.. Enumerable.Range(0, Dimensions).Select(_ => (random.NextSingle() * 2) - 1)];
            var expected = kept.Where(pair => accepts?.Invoke(pair.Key) ?? true).Select(pair => (pair.Key, Score: Score(metric, query, pair.Value)))
                .OrderByDescending(item => item.Score).ThenBy(item => item.Key).Take(k).ToList();
            Assert.Equal(expected, rows.Find(query, k, accepts));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(384)]
    [InlineData(3072)]
    public void Dot_CodesOfAnySize_IsExact(int length)
    {
        var random = new Random(length);
        var row = Enumerable.Range(0, length).Select(i => (sbyte)(i % 5 == 0 ? 127 : random.Next(-127, 128))).ToArray();
        foreach (var query in (short[][])[[.. row.Select(code => (short)code)], [.. row.Select(code => (short)-code)], [.. row.Select(_ => (short)random.Next(-127, 128))]])
        {
            var expected = query.Zip(row, (a, b) => a * b).Sum();
            Assert.Equal(expected, Int8Products.Dot(query, row));
            Assert.Equal(expected, Int8Products.Portable(query, row));
        }
    }

    private static double Score(VectorMetric metric, float[] query, float[] other)
    {
        float Inverse(float[] vector) => TensorPrimitives.Norm<float>(vector) is var norm && norm == 0 ? 0 : 1 / norm;
        return metric switch
        {
            VectorMetric.Cosine => 1 / (2 - Math.Clamp((double)TensorPrimitives.Dot<float>(query, other) * Inverse(query) * Inverse(other), -1, 1)),
            VectorMetric.DotProduct => TensorPrimitives.Dot<float>(query, other),
            _ => 1 / (1.0 + TensorPrimitives.Distance<float>(query, other)),
        };
    }

    private static IndexField Field(int dimensions, VectorMetric metric) => new(0, "v", FieldType.Single, true, false, true, false, false, false, true, "standard.lucene", dimensions, metric);
}
