using Conntrack.Live.Bed;
using Conntrack.Live.Routers;

namespace Conntrack.Live.Checks;

/// <summary>
/// Protocols that say in one connection where another will go, from behind a masquerade: real clients and servers of FTP and TFTP, and calls of PPTP.
/// Linux needs a helper for each as well; where its kernel has none it does not do these.
/// </summary>
static class Assisted
{
    const int FtpPort = 21;

    /// <summary>A file that takes several segments, and little time.</summary>
    const int Bytes = 300_000;

    /// <summary>Anonymous, as a user that every system has and that has a home; the folder may be written, its root may not.</summary>
    const string Vsftpd = """
        listen=NO
        listen_ipv6=YES
        background=NO
        anonymous_enable=YES
        no_anon_password=YES
        local_enable=NO
        write_enable=YES
        anon_upload_enable=YES
        anon_umask=022
        anon_root={0}
        ftp_username=daemon
        secure_chroot_dir={0}/empty
        pasv_min_port=30000
        pasv_max_port=30099
        connect_from_port_20=YES
        seccomp_sandbox=NO
        xferlog_enable=NO

        """;

    public static IEnumerable<Check> All { get; } =
    [
        .. Reaching.Families.SelectMany(family => (Check[])
        [
            Ftp($"ftp, passive, IPv{family}", family, isPassive: true),
            Ftp($"ftp, active, IPv{family}", family, isPassive: false),
        ]),
        new Check("tftp", TftpAsync) { Tools = ["in.tftpd", "tftp", "cmp"], Obstacle = WithoutHelpers, IsShort = true },
        new Check("two pptp calls of one number", PptpAsync) { Tools = ["python3"], Obstacle = WithoutHelpers, IsShort = true },
    ];

    static Check Ftp(string name, int family, bool isPassive) => new(name, (site, stop) => FtpAsync(site, family, isPassive, stop))
    {
        Tools = ["vsftpd", "lftp", "cmp"],
        Obstacle = WithoutHelpers,
        IsShort = family == 4,
    };

    static string? WithoutHelpers(Arrangement arrangement) => arrangement.IsCtrack ? null : "this suite loads no helpers into Linux";

    /// <summary>A file there and back; the list shows a data connection that was expected, and whose it is.</summary>
    static async Task<string> FtpAsync(Site site, int family, bool isPassive, CancellationToken stop)
    {
        string folder = await FolderAsync(site, "ftp", stop);
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        string script = Path.Combine(site.Folder, "vsftpd.conf");
        await File.WriteAllTextAsync(script, Vsftpd.Replace("{0}", folder, StringComparison.Ordinal), stop);
        await using RunningProgram server = site.Server.Namespace.Start("vsftpd", script);
        await ListensAsync(site.Server.Namespace, "tcp", FtpPort, server, stop);
        string there = Path.Combine(site.Folder, "there"), back = Path.Combine(site.Folder, "back");
        await File.WriteAllBytesAsync(there, Content(family), stop);
        File.Delete(back);
        string host = family == 4 ? site.Server.Address4 : $"[{site.Server.Address6}]";
        string words = $"set dns:order 'inet6 inet'; set ftp:passive-mode {(isPassive ? "true" : "false")}; set net:timeout 10; set net:max-retries 1; set ftp:use-mdtm false;"
            + $" set cmd:fail-exit true; set xfer:clobber true; open ftp://{host}; cd up; put {there} -o file{family}{isPassive}; get file{family}{isPassive} -o {back}";
        await site.Client.Namespace.RunAsync(stop, "lftp", "-c", words);
        await site.Client.Namespace.RunAsync(stop, "cmp", there, back);
        ListedConnection[] expected =
        [
            .. (await site.Router.ConnectionsAsync(stop)).Where(connection => connection is { Protocol: "tcp", IsExpected: true }
                && connection.Source == (isPassive ? site.Client : site.Server).Address(family)),
        ];
        CheckFailedException.Unless(expected.Length >= 2, $"{expected.Length} data connections are listed as expected");
        IReadOnlyList<string> obstacles = await ((CtrackRouter)site.Router).ObstaclesAsync(FtpPort, stop);
        CheckFailedException.Unless(
            obstacles.Count > 0 && obstacles.All(obstacle => obstacle == "a helper reads its packets"), $"control connections: [{string.Join("; ", obstacles)}]");
        return $"{Bytes} bytes there and back, {expected.Length} data connections expected";
    }

    static async Task<string> TftpAsync(Site site, CancellationToken stop)
    {
        string folder = await FolderAsync(site, "tftp", stop);
        byte[] content = Content(4);
        await File.WriteAllBytesAsync(Path.Combine(folder, "file"), content, stop);
        await using RunningProgram server = site.Server.Namespace.Start("in.tftpd", "-L", "-s", "-u", "nobody", folder);
        await ListensAsync(site.Server.Namespace, "udp", 69, server, stop);
        string back = Path.Combine(site.Folder, "back");
        File.Delete(back);
        await site.Client.Namespace.RunAsync(stop, "tftp", "-m", "binary", site.Server.Address4, "-c", "get", "file", back);
        await site.Client.Namespace.RunAsync(stop, "cmp", Path.Combine(folder, "file"), back);
        int expected = (await site.Router.ConnectionsAsync(stop)).Count(connection => connection is { Protocol: "udp", IsExpected: true }
            && connection.Source == site.Server.Address4);
        CheckFailedException.Unless(expected > 0, "no connection of the server's is listed as expected");
        return $"{content.Length} bytes from a port that only the request announced";
    }

    /// <summary>Frames of both calls come back, though the client told the server the same number for both: the router has kept them apart.</summary>
    static async Task<string> PptpAsync(Site site, CancellationToken stop)
    {
        await using RunningProgram server = site.Server.Namespace.StartPython("pptp.py", "server");
        await ListensAsync(site.Server.Namespace, "tcp", 1723, server, stop);
        string came = (await site.Client.Namespace.RunAsync(stop, Python.Words("pptp.py", ["client", site.Server.Address4]))).Trim();
        CheckFailedException.Unless(came == "40 of 40", $"{came} frames came back; the server said {server.Error.Trim()}");
        int listed = (await site.Router.ConnectionsAsync(stop)).Count(connection => connection is { Protocol: "gre", IsExpected: true });
        CheckFailedException.Unless(listed == 2, $"{listed} connections of GRE are listed as expected");
        return "40 frames there and back, each in its own call";
    }

    /// <summary>A folder that a server of nobody's may serve, with one in it that may be written.</summary>
    static async Task<string> FolderAsync(Site site, string name, CancellationToken stop)
    {
        string folder = Path.Combine(site.Folder, name);
        Directory.CreateDirectory(Path.Combine(folder, "up"));
        await Command.RunAsync(stop, "chmod", "0755", site.Folder, folder);
        await Command.RunAsync(stop, "chmod", "0777", Path.Combine(folder, "up"));
        return folder;
    }

    /// <summary>Until somebody listens at a port.</summary>
    static async Task ListensAsync(Namespace space, string protocol, int port, RunningProgram server, CancellationToken stop)
    {
        while (!(await space.RunAsync(stop, "ss", "-Hnl", $"--{protocol}", $"sport = {port}")).Contains($":{port}", StringComparison.Ordinal))
        {
            CheckFailedException.Unless(!server.HasExited, $"the server ended: {server.Error.Trim()}");
            await Task.Delay(20, stop);
        }
    }

    static byte[] Content(int seed)
    {
        byte[] content = new byte[Bytes];
        new Random(seed).NextBytes(content);
        return content;
    }
}
