using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>Sizes of the element types, and conversion to and from float.</summary>
internal static class TensorTypes
{
    public static int SizeOf(TensorType type) => type == TensorType.F32 ? sizeof(float) : sizeof(ushort);

    public static TensorElementType ElementType(TensorType type) => type switch
    {
        TensorType.F32 => TensorElementType.Float,
        TensorType.F16 => TensorElementType.Float16,
        _ => TensorElementType.BFloat16,
    };

    /// <summary>Whether none of the little-endian elements is NaN or an infinity.</summary>
    public static bool AreFinite(TensorType type, ReadOnlySpan<byte> elements)
    {
        if (type == TensorType.F32)
            return elements.IsEmpty || float.IsFinite(TensorPrimitives.MaxMagnitude(MemoryMarshal.Cast<byte, float>(elements)));

        ushort exponent = type == TensorType.F16 ? (ushort)0x7C00 : (ushort)0x7F80;
        var halves = MemoryMarshal.Cast<byte, ushort>(elements);
        var mask = new Vector<ushort>(exponent);
        int i = 0;
        for (; i <= halves.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            if (Vector.EqualsAny(new Vector<ushort>(halves[i..]) & mask, mask))
                return false;

        for (; i < halves.Length; i++)
            if ((halves[i] & exponent) == exponent)
                return false;

        return true;
    }

    /// <summary>The type's name in a safetensors header.</summary>
    public static string NameOf(TensorType type) => type switch
    {
        TensorType.F32 => "F32",
        TensorType.F16 => "F16",
        _ => "BF16",
    };

    public static bool TryParse(string? name, out TensorType type)
    {
        (type, bool known) = name switch
        {
            "F32" => (TensorType.F32, true),
            "F16" => (TensorType.F16, true),
            "BF16" => (TensorType.BF16, true),
            _ => (default, false),
        };
        return known;
    }

    /// <summary>Reads <paramref name="source"/>, little-endian elements of <paramref name="type"/>, as floats.</summary>
    public static void Widen(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case TensorType.F16:
                NarrowFloats.Widen<HalfFloat>(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            default:
                NarrowFloats.Widen<BrainFloat>(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
        }
    }

    /// <summary>Writes floats as little-endian elements of <paramref name="type"/>, rounding to nearest even.</summary>
    public static void Narrow(ReadOnlySpan<float> source, TensorType type, Span<byte> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            default:
                var halves = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                    halves[i] = ToBFloat16(source[i]);

                break;
        }
    }

    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40);

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
