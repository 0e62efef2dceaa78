using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Serverless.Local.Search.Vectors;

/// <summary>Dot products of 8-bit codes, exact in 32 bits: of two products of codes from -127 to 127 the sum fits in 16.</summary>
internal static class Int8Products
{
    /// <param name="query">The query's codes, widened once; at least as long as <paramref name="row"/>.</param>
    /// <param name="row">Codes; at most 100,000.</param>
    public static int Dot(ReadOnlySpan<short> query, ReadOnlySpan<sbyte> row)
    {
        var (sum, at) = (0, 0);
        ref var wide = ref MemoryMarshal.GetReference(query[..row.Length]);
        ref var codes = ref MemoryMarshal.GetReference(row);
        if (Avx512BW.IsSupported)
        {
            var sums = Vector512<int>.Zero;
            for (; at <= row.Length - Vector256<sbyte>.Count; at += Vector256<sbyte>.Count)
                sums += Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref wide, (nuint)at), Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref codes, (nuint)at)));
            sum = Vector512.Sum(sums);
        }
        else if (Avx2.IsSupported)
        {
            var sums = Vector256<int>.Zero;
            for (; at <= row.Length - Vector128<sbyte>.Count; at += Vector128<sbyte>.Count)
                sums += Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref wide, (nuint)at), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref codes, (nuint)at)));
            sum = Vector256.Sum(sums);
        }
        else
        {
            return Portable(query, row);
        }

        for (; at < row.Length; at++) sum += query[at] * row[at];
        return sum;
    }

    /// <summary>The same on any processor.</summary>
    internal static int Portable(ReadOnlySpan<short> query, ReadOnlySpan<sbyte> row)
    {
        var sums = Vector<int>.Zero;
        var at = 0;
        for (; at <= row.Length - Vector<sbyte>.Count; at += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(row[at..]), out var low, out var high);
            Vector.Widen((low * new Vector<short>(query[at..])) + (high * new Vector<short>(query[(at + Vector<short>.Count)..])), out var first, out var second);
            sums += first + second;
        }

        var sum = Vector.Sum(sums);
        for (; at < row.Length; at++) sum += query[at] * row[at];
        return sum;
    }
}
