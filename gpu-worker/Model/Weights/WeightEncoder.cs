using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Weights;

/// <summary>Makes a weight of a checkpoint's tensors, some rows at a time, so that memory is what the caller has for the result and little more.</summary>
internal static unsafe class WeightEncoder
{
    /// <summary>How the weight will lie; every shape is checked.</summary>
    /// <exception cref="CheckpointException">A tensor is missing, has another shape, or cannot have the format.</exception>
    public static WeightLayout Describe(IWeightSource source, PlannedWeight weight) =>
        Describe(weight, weight.Computed is null ? new WeightRows(source, weight).Type : TensorType.F32);

    /// <summary>How the weight lies when the checkpoint's tensors are of <paramref name="stored"/>.</summary>
    public static WeightLayout Describe(PlannedWeight weight, TensorType stored)
    {
        var layout = LayoutOf(weight, stored);
        return layout.Bytes <= int.MaxValue
            ? layout
            : throw new CheckpointException($"{weight.Name} takes {layout.Bytes} bytes as {weight.Format}; at most {int.MaxValue} are supported.");
    }

    /// <summary>The weight's bytes where they lie in the source, if they can be used there.</summary>
    public static bool TryMap(IWeightSource source, PlannedWeight weight, WeightLayout layout, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!source.IsMapped || layout.QuantizedRows > 0 || weight.Parts is not [var part] || part.Slice.Columns != part.TensorColumns)
            return false;

        var type = source.TypeOf(part.Tensor, part.Shape);
        if (TensorTypes.ElementType(type) != layout.Type || TensorData.CountOf(part.Shape) * TensorTypes.SizeOf(type) > int.MaxValue)
            return false;

        int rowBytes = TensorTypes.SizeOf(type) * part.TensorColumns;
        bytes = source.Bytes(part.Tensor).Slice(checked(part.Slice.FirstRow * rowBytes), checked(part.Slice.Rows * rowBytes));
        return true;
    }

    /// <summary>Writes rows of the weight to <paramref name="destination"/> as <paramref name="layout"/> has them.</summary>
    /// <param name="firstRow">Where weights are quantised, a multiple of <see cref="PackedLayout.StripColumns"/>.</param>
    /// <param name="withError">Whether to return how much was lost; otherwise nothing is computed.</param>
    /// <exception cref="CheckpointException">A value is not finite, or not in the new type.</exception>
    public static QuantizationError Encode(IWeightSource source, PlannedWeight weight, WeightLayout layout, int firstRow, int rows, byte* destination, bool withError = false)
    {
        if (weight.Computed is { } computed)
        {
            var values = computed.Compute(source).AsSpan(firstRow * computed.Columns, rows * computed.Columns);
            MemoryMarshal.AsBytes(values).CopyTo(new Span<byte>(destination, values.Length * sizeof(float)));
            return default;
        }
        var tensors = new WeightRows(source, weight);
        if (layout.QuantizedRows == 0)
            return tensors.Copy(firstRow, rows, layout.Type, destination, withError);

        var packed = new PackedLayout(weight.Rows, weight.Columns, WeightFormats.QuantizedBits(weight.Format));
        return PackedMatrix.Quantize(weight.Name, packed, tensors.Read, destination, firstRow / PackedLayout.StripColumns, PackedLayout.StripsOf(rows), withError);
    }

    /// <exception cref="CheckpointException">Quantised, a row of the weight would begin or end within a block.</exception>
    public static void CheckBlocks(PlannedWeight weight)
    {
        foreach (var part in weight.Parts)
        {
            if (part.Slice.Columns % BlockQuantizer.BlockSize == 0 && part.Slice.FirstColumn % BlockQuantizer.BlockSize == 0)
                continue;

            string slice = part.Slice.IsContiguousIn(part.TensorColumns) ? "" : $", of which a rank has {part.Slice.Columns}";
            throw new CheckpointException(
                $"{part.Tensor} has {part.TensorColumns} columns{slice}; {weight.Format} needs a multiple of {BlockQuantizer.BlockSize}. Use another weight format{(slice == "" ? "" : " or fewer ranks")}.");
        }
    }

    private static WeightLayout LayoutOf(PlannedWeight weight, TensorType stored)
    {
        int bits = WeightFormats.QuantizedBits(weight.Format);
        if (bits > 0)
        {
            CheckBlocks(weight);
            var packed = new PackedLayout(weight.Rows, weight.Columns, bits);
            return new WeightLayout(weight.Name, TensorElementType.UInt8, [packed.Strips, packed.StripBytes], weight.Rows);
        }
        var type = weight.Format switch
        {
            WeightFormat.Float32 => TensorElementType.Float,
            WeightFormat.Float16 when stored == TensorType.F32 => TensorElementType.Float16,
            _ => TensorTypes.ElementType(stored),
        };
        return new WeightLayout(weight.Name, type, weight.IsVector ? [weight.Columns] : [weight.Rows, weight.Columns]);
    }
}
