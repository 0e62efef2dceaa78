using System.Numerics.Tensors;

namespace Serverless.Local.Search.Vectors;

/// <summary>A query beside <see cref="QuantizedRows"/>: its codes, what a code stands for, and what is lost by them.</summary>
/// <param name="Codes">From -127 to 127, in the width in which they are multiplied.</param>
/// <param name="Norm">Of the query itself.</param>
/// <param name="Error">The length of the difference of the query and what its codes stand for.</param>
internal sealed record QuantizedQuery(short[] Codes, float Scale, float Norm, float Error)
{
    public static QuantizedQuery Of(ReadOnlySpan<float> query)
    {
        var codes = new sbyte[query.Length];
        var scale = QuantizedRows.Quantize(query, codes, out var error, out _);
        return new QuantizedQuery([.. codes.Select(code => (short)code)], scale, TensorPrimitives.Norm(query), error);
    }
}
