using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Serverless.Local.FrontDoor;

/// <summary>
/// The names under which the stack may be asked: this machine's own, and those of <c>--allow-host</c>. A page of the web whose name is pointed at 127.0.0.1 (DNS rebinding) would otherwise read
/// a developer's documents, since on one machine nobody needs a key.
/// </summary>
/// <param name="allowed">Names without a port; <c>*.suffix</c> permits all below it.</param>
internal sealed class HostNames(IReadOnlyList<string> allowed)
{
    private readonly IList<StringSegment> _permitted = [.. ((string[])["localhost", "*.localhost", "127.0.0.1", "[::1]", .. allowed]).Select(name => new StringSegment(name))];

    /// <summary>Whether a request's Host may be answered; one without a Host comes from no page.</summary>
    public bool Permits(HostString host) => !host.HasValue || HostString.MatchesAny(host.Value, _permitted);
}
