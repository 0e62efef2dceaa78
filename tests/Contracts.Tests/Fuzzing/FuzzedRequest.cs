using System.Text;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>A request as bytes for a socket: what no HTTP client would send can be in it.</summary>
/// <param name="Head">Request line and headers, in Latin-1, without those that frame the body.</param>
public sealed record FuzzedRequest(string Method, string Head, byte[] Body)
{
    /// <summary>The whole of it, for one connection.</summary>
    public byte[] ToBytes()
    {
        var framing = Body.Length > 0 || Method is "POST" or "PUT" or "PATCH" ? $"Content-Length: {Body.Length}\r\n" : "";
        return [.. Encoding.Latin1.GetBytes($"{Head}{framing}Connection: close\r\n\r\n"), .. Body];
    }

    public override string ToString()
    {
        var body = Encoding.Latin1.GetString(Body, 0, Math.Min(Body.Length, 2000));
        var head = Head.Length > 3000 ? Head[..3000] : Head;
        return string.Concat($"{head}({Body.Length} bytes) {body}".Select(c => c is '\n' || c is >= ' ' and <= '~' ? c.ToString() : $"\\x{(int)c:x2}"));
    }
}
