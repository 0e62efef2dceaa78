using System.Numerics.Tensors;

namespace Serverless.Local.Search.Vectors;

/// <summary>
/// Vectors in 8 bits a number, side by side in memory: a scan reads a quarter of what the vectors themselves take. For each row it is known how far its codes are from it, so that a product of codes
/// says between which bounds the true product lies (by Cauchy and Schwarz): what lies below cannot be among the nearest.
/// </summary>
/// <param name="dimensions">Numbers of a vector.</param>
internal sealed class QuantizedRows(int dimensions)
{
    private const int Most = 127;

    // Products of floats are themselves rounded.
    private const float Rounding = 1e-4f;

    private sbyte[] _codes = [];
    private Row[] _rows = [];

    public int Count { get; private set; }

    /// <param name="offset">What is added to a product: 0, or what makes of it a distance.</param>
    public void Add(ReadOnlySpan<float> vector, float offset)
    {
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(64, Count * 2));
            Array.Resize(ref _codes, _rows.Length * dimensions);
        }

        var scale = Quantize(vector, _codes.AsSpan(Count * dimensions, dimensions), out var error, out var norm);
        _rows[Count++] = new Row(scale, error, norm, offset);
    }

    /// <summary>Takes a row out; the last one takes its place.</summary>
    public void RemoveAt(int place)
    {
        Count--;
        _rows[place] = _rows[Count];
        _codes.AsSpan(Count * dimensions, dimensions).CopyTo(_codes.AsSpan(place * dimensions));
    }

    /// <summary>Between which bounds a row's product with the query lies, its offset added.</summary>
    public (float Least, float Most) Bounds(QuantizedQuery query, int place)
    {
        ref readonly var row = ref _rows[place];
        var product = (Int8Products.Dot(query.Codes, _codes.AsSpan(place * dimensions, dimensions)) * query.Scale * row.Scale) + row.Offset;
        // q·v - q'·v' = q·(v - v') + (q - q')·v'.
        var slack = (query.Norm * row.Error) + (query.Error * row.Norm);
        slack += Rounding * (query.Norm * (row.Norm + row.Error) + MathF.Abs(row.Offset));
        return (product - slack, product + slack);
    }

    /// <summary>Codes of a vector.</summary>
    /// <param name="error">The length of the difference of the vector and what its codes stand for.</param>
    /// <param name="norm">The length of what its codes stand for.</param>
    /// <returns>What a code of 1 stands for; 0 for a vector of nothing.</returns>
    internal static float Quantize(ReadOnlySpan<float> vector, Span<sbyte> codes, out float error, out float norm)
    {
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude(vector)) / Most;
        var (lost, kept) = (0.0, 0.0);
        for (var i = 0; i < vector.Length; i++)
        {
            codes[i] = scale > 0 ? (sbyte)Math.Clamp(MathF.Round(vector[i] / scale), -Most, Most) : (sbyte)0;
            var stands = (double)codes[i] * scale;
            lost += (vector[i] - stands) * (vector[i] - stands);
            kept += stands * stands;
        }

        (error, norm) = ((float)Math.Sqrt(lost), (float)Math.Sqrt(kept));
        return scale;
    }

    private readonly record struct Row(float Scale, float Error, float Norm, float Offset);
}
