namespace Serverless.GpuWorker.Model;

/// <summary>The operator sets that our graphs use.</summary>
internal static class OnnxDomain
{
    public const string Standard = "";

    /// <summary>ONNX Runtime's contributed operators.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Our operators (Execution/ServerlessOperators).</summary>
    public const string Serverless = "serverless";
}
