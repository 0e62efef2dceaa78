namespace Serverless.Functions.Secrets;

/// <summary>A credential in memory. It prints as nothing, so that no log, message or debugger view shows it by accident.</summary>
public sealed class SecretText(string value)
{
    private readonly string _value = value;

    /// <summary>The credential, for the one header that carries it.</summary>
    public string Reveal() => _value;

    /// <summary>Whether a header can carry it: printable ASCII, RFC 9110 5.5.</summary>
    public bool FitsHeader => _value.All(c => c is >= ' ' and <= '~');

    public override string ToString() => "[redacted]";
}
