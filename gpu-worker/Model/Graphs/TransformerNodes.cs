using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>The groups of nodes that Llama's and T5's graphs have in common.</summary>
internal sealed class TransformerNodes(OnnxGraph graph, IWeightLayouts weights, float epsilon)
{
    /// <summary>Rows of a table as floats.</summary>
    public string Embed(string table, string ids)
    {
        string rows = graph.Node(OnnxDomain.Standard, "Gather", [table, ids]);
        return weights[table].Type == TensorElementType.Float ? rows : graph.Node(OnnxDomain.Standard, "Cast", [rows], ("to", (int)TensorElementType.Float));
    }

    public string Linear(string input, string weight) => Linear(input, weight, graph.NewName("Linear"));

    public string Linear(string input, string weight, string output) => Linear(input, [weight], output);

    /// <summary>The products of up to three weights with the same input, side by side in each row: one operator where they have one format.</summary>
    public string Linear(string input, params string[] parts)
    {
        if (parts.Skip(1).All(part => FormatOf(part) == FormatOf(parts[0])))
            return Linear(input, parts, graph.NewName("Linear"));

        return graph.Node(OnnxDomain.Standard, "Concat", [.. parts.Select(part => Linear(input, part))], ("axis", 1));
    }

    /// <summary>Weights that agree in it can be parts of one operator: the bytes of a strip, or of a row, follow from the format, since all have the same input.</summary>
    private (TensorElementType Type, bool IsQuantized, long Width) FormatOf(string weight) =>
        (weights[weight].Type, weights[weight].QuantizedRows > 0, weights[weight].Shape[1]);

    /// <summary>
    /// The products with the RMSNorm of <paramref name="hidden"/> and <paramref name="residual"/>, which are added up into <paramref name="hidden"/>: one operator
    /// where the weights are quantised and of one format.
    /// </summary>
    public string NormedLinear(ref string hidden, string? residual, string norm, params string[] parts)
    {
        if (residual is null || !IsQuantized(parts))
            return Linear(AddAndNorm(ref hidden, residual, norm), parts);

        string output = graph.NewName("Linear"), sum = graph.NewName("Sum");
        graph.Node(OnnxDomain.Serverless, "NormedQuantizedLinear", [hidden, norm, residual, .. parts], [output, sum], [("epsilon", epsilon), .. Columns(parts)]);
        hidden = sum;
        return output;
    }

    /// <summary>The product with silu(gate) * up of an input that is both: one operator where the weight is quantised.</summary>
    public string GatedLinear(string gateAndUp, string weight) => IsQuantized([weight])
        ? graph.Node(OnnxDomain.Serverless, "GatedQuantizedLinear", [gateAndUp, weight], Columns([weight]))
        : Linear(graph.Node(OnnxDomain.Serverless, "SwiGLU", [gateAndUp]), weight);

    private bool IsQuantized(string[] parts) => parts.All(part => weights[part].QuantizedRows > 0 && FormatOf(part) == FormatOf(parts[0]));

    private (string Name, object Value)[] Columns(string[] parts)
    {
        int Of(int part) => part < parts.Length ? weights[parts[part]].QuantizedRows : 0;
        return [("columns", Of(0)), ("columns_1", Of(1)), ("columns_2", Of(2))];
    }

    private string Linear(string input, string[] parts, string output)
    {
        if (IsQuantized(parts))
            graph.Node(OnnxDomain.Serverless, "QuantizedLinear", [input, .. parts], [output], Columns(parts));
        else
            graph.Node(OnnxDomain.Serverless, "Linear", [input, .. parts], [output]);

        return output;
    }

    /// <summary>Adds <paramref name="residual"/>, where there is one, to <paramref name="hidden"/> and returns the sum's RMSNorm.</summary>
    public string AddAndNorm(ref string hidden, string? residual, string weight)
    {
        if (residual is null)
            return graph.Node(OnnxDomain.Serverless, "RmsNorm", [hidden, weight], ("epsilon", epsilon));

        string normed = graph.NewName("Norm"), sum = graph.NewName("Sum");
        graph.Node(OnnxDomain.Serverless, "RmsNorm", [hidden, weight, residual], [normed, sum], ("epsilon", epsilon));
        hidden = sum;
        return normed;
    }
}
