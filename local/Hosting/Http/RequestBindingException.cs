namespace Serverless.Local.Hosting.Http;

/// <summary>A request does not hold what a parameter needs; it is answered with 400.</summary>
internal sealed class RequestBindingException(string param, string message) : Exception(message)
{
    public string Param { get; } = param;
}
