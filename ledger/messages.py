"""Message file: every text shown to a person, by id, Indonesian first and English beside it.

Severity 0-99 (0 completion, 10 information, 20 a rule said no, 30 the operator must act, 40 fault). The first level
fits the message line of a 24x80 panel (76 characters); the second says cause, recovery and who can cure it.
`{name}` ({name:rp} for money) is filled from the data that travels with the id. Groups: 0 completion, 1 fields, 2 setoran, 6 day,
7 session and authority, 8 operator and devices, 9 faults. Ids are never used twice; a retired one keeps its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["id", "en"]


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the message file."""

    id: str
    severity: int
    first_id: str
    second_id: str
    first_en: str
    second_en: str


_ROWS = (
    Message("SKH0001", 0, "Nomor porsi {nomor_porsi} telah diberikan, entri {seq}.",
            "Setoran awal diterima dan tercatat tetap. Cetak bukti setor untuk jemaah.",
            "Nomor porsi {nomor_porsi} granted, entry {seq}.",
            "The deposit is accepted and durable. Print the receipt for the pilgrim."),
    Message("SKH0002", 0, "Permintaan diterima sebagai entri {seq}.",
            "Permintaan tercatat tetap di buku besar.",
            "Request accepted as entry {seq}.", "The request is durable in the ledger."),
    Message("SKH0003", 0, "Sign-off selesai.", "Sesi terminal ini telah berakhir atas permintaan pengguna.",
            "Signed off.", "The session of this terminal ended at the user's request."),
    Message("SKH0004", 10, "Jawaban ulang: permintaan ini sudah tercatat sebagai entri {seq}.",
            "Permintaan yang sama pernah diterima; inilah jawaban yang tersimpan. Tidak ada pencatatan kedua.",
            "Repeat: this request is already entry {seq}.",
            "The same request was accepted before; this is the stored answer. Nothing was written twice."),
    Message("SKH0005", 0, "Sign-on selesai: {user}, hari kerja {hari}.",
            "Sesi dibuka. Pilih pekerjaan dari menu.",
            "Signed on: {user}, business day {hari}.",
            "The session is open. Choose from the menu."),
    Message("SKH0006", 10, "Sign-on selesai: {user}; hari kerja belum dibuka.",
            "Sesi dibuka, tetapi setoran menunggu operator pusat membuka hari kerja.",
            "Signed on: {user}; no business day is open.",
            "The session is open; deposits wait until the operator of the centre opens the day."),
    Message("SKH0007", 10, "Jalur ke host tersambung lagi.",
            "Sesi dilanjutkan. Permintaan yang belum terjawab sudah dikirim ulang sendiri.",
            "The line to the host is up again.",
            "The session goes on. An unanswered request has been sent again by itself."),
    Message("SKH1001", 20, "Isian {field} tidak sah: {sebab}.",
            "Panjang atau jenis isian tidak sesuai acuan. Perbaiki isian itu lalu kirim lagi.",
            "Field {field} is not valid: {sebab}.",
            "Length or type of the field does not agree with the field reference. Correct it and send again."),
    Message("SKH1002", 20, "Ada isian kosong atau berisi huruf yang tidak dapat dicetak.",
            "Isi semua isian wajib tanpa spasi di awal atau akhir dan tanpa huruf kendali.",
            "A field is empty or holds characters that cannot be printed.",
            "Fill every mandatory field, without blanks at either end and without control characters."),
    Message("SKH1003", 20, "Tanggal {tanggal} tidak ada.", "Tulis tanggal yang ada pada kalender.",
            "There is no date {tanggal}.", "Write a date that exists."),
    Message("SKH1004", 20, "Jenis kelamin {jenis_kelamin} tidak dikenal: L atau P.",
            "Isi L untuk laki-laki, P untuk perempuan, sesuai KTP.",
            "Sex {jenis_kelamin} is not known: L or P.", "Write L for male, P for female, as on the identity card."),
    Message("SKH1102", 20, "0002 Isian {label}: huruf itu tidak dapat dipakai.",
            "Tekan Reset, lalu ketik huruf, angka atau tanda baca biasa.",
            "0002 Field {label} cannot hold that character.",
            "Press Reset, then type a plain letter, digit or mark."),
    Message("SKH1105", 20, "0005 Kursor tidak berada pada isian.",
            "Panel ini, atau bagian ini, tidak untuk diisi. Tekan Reset, lalu salah satu tombol pada baris 22-23.",
            "0005 The cursor is in a protected area.",
            "Nothing can be typed here. Press Reset, then one of the keys on lines 22-23."),
    Message("SKH1107", 20, "0007 Isian {label} wajib diisi.",
            "Tekan Reset, isi, lalu kirim lagi.",
            "0007 Field {label} must be filled in.",
            "Press Reset, fill it in, then send again."),
    Message("SKH1109", 20, "0009 Isian {label}: hanya angka dan tandanya.",
            "Tekan Reset. Tanggal: angka dan tanda hubung. Rupiah: angka dan titik.",
            "0009 Field {label} takes digits and their marks only.",
            "Press Reset. Dates: digits and hyphens. Amounts: digits and dots."),
    Message("SKH1110", 20, "0010 Isian {label}: hanya angka 0 sampai 9.",
            "Tekan Reset, lalu ketik angka.",
            "0010 Field {label} takes the digits 0 to 9 only.",
            "Press Reset, then type digits."),
    Message("SKH1114", 20, "0014 Isian {label} harus penuh: {panjang} huruf atau angka.",
            "Nomor atau kode itu kurang panjang. Tekan Reset dan lengkapi.",
            "0014 Field {label} must be full: {panjang} characters.",
            "The number or code is too short. Press Reset and complete it."),
    Message("SKH1118", 20, "0018 Isian {label} sudah penuh.",
            "Tekan Reset. Enter mengirim, Tab pindah isian, Backspace menghapus.",
            "0018 Field {label} is full.",
            "Press Reset. Enter sends, Tab moves on, Backspace deletes."),
    Message("SKH1120", 20, "Tombol {tombol} tidak dipakai pada panel ini.",
            "Tombol yang berlaku tertulis pada baris 22-23.",
            "Key {tombol} is not used on this panel.",
            "The keys that work are listed on lines 22-23."),
    Message("SKH1121", 20, "Isian {label}: tulis rupiah penuh, misalnya 20.000.000.",
            "Titik hanya di antara kelompok tiga angka, atau tanpa titik sama sekali. Tanpa sen.",
            "Field {label}: write whole rupiah, such as 20.000.000.",
            "Dots stand between groups of three digits, or nowhere. No cents."),
    Message("SKH1122", 20, "Isian {label}: {isi} tidak ada dalam daftar.",
            "Daftar: {pilihan}.",
            "Field {label}: {isi} is not in the list.",
            "List: {pilihan}."),
    Message("SKH1123", 20, "Pilihan {pilihan} tidak ada di menu ini.",
            "Ketik nomor di depan pekerjaan, atau singkatannya, lalu Enter.",
            "Option {pilihan} is not on this menu.",
            "Type the number before the line, or its short name, then Enter."),
    Message("SKH2001", 20, "Di luar jam setoran: {buka}-{tutup} waktu setempat cabang.",
            "Setoran diterima pada jam setoran saja. Ulangi pada jam buka. Nomor porsi belum diberikan.",
            "Outside deposit hours: {buka}-{tutup} local time of the branch.",
            "Deposits are taken during deposit hours only. Try again when open. No porsi was granted."),
    Message("SKH2002", 20, "SPPH {nomor_spph} tidak dikenal.",
            "Periksa nomor pada formulir. Bila benar, Kandepag penerbit harus memasukkan SPPH itu (pasal 8(1)).",
            "SPPH {nomor_spph} is not known.",
            "Check the number on the form. If it is right, the issuing Kandepag must enter the SPPH (pasal 8(1))."),
    Message("SKH2003", 20, "SPPH {nomor_spph} belum ditandatangani pejabat Kandepag.",
            "Bank dilarang memasukkan data tanpa SPPH yang ditandatangani (pasal 8(1)). Minta jemaah ke Kandepag.",
            "SPPH {nomor_spph} is not signed by the Kandepag.",
            "A bank may not enter data without a signed SPPH (pasal 8(1)). Send the pilgrim to the Kandepag."),
    Message("SKH2004", 20, "SPPH {nomor_spph} sudah dipakai: porsi {nomor_porsi}.",
            "Satu SPPH untuk satu nomor porsi (pasal 7(9)). Tampilkan porsi itu untuk melihat cabang penerima.",
            "SPPH {nomor_spph} is already used: porsi {nomor_porsi}.",
            "One form gives one nomor porsi (pasal 7(9)). Display that porsi to see the branch."),
    Message("SKH2005", 20, "Domisili jemaah provinsi {provinsi}, cabang ini provinsi {provinsi_cabang}.",
            "Setoran dilakukan di provinsi domisili (pasal 3(1)). Jemaah menyetor pada cabang BPS di provinsinya.",
            "Pilgrim's home province is {provinsi}, this branch is in {provinsi_cabang}.",
            "Deposits are made in the province of domicile (pasal 3(1)): use a branch there."),
    Message("SKH2006", 20, "Setoran awal harus Rp {wajib:rp}, bukan Rp {nominal:rp}.",
            "Jumlah untuk memperoleh porsi ditetapkan dalam pasal 3(2). Perbaiki nominal; selebihnya tetap di tabungan.",
            "The first deposit must be Rp {wajib:rp}, not Rp {nominal:rp}.",
            "The amount that earns a porsi is fixed in pasal 3(2). Correct the amount; the rest stays in savings."),
    Message("SKH2007", 20, "Identitas ini sudah punya porsi {nomor_porsi} (bank {bank} cabang {cabang}).",
            "Satu orang satu porsi (pasal 7(9)). Bila nomor itu bukan miliknya, Kandepag harus memeriksa.",
            "This person already holds porsi {nomor_porsi} (bank {bank} branch {cabang}).",
            "One person, one porsi (pasal 7(9)). If that number is not his, the Kandepag must look into it."),
    Message("SKH2101", 20, "Isi salah satu: NIK atau nomor KTP lama.",
            "Identitas dikenali dari NIK, atau dari KTP lama dengan kab/kota penerbitnya.",
            "Fill one of the two: NIK or old card number.",
            "A person is known by the NIK, or by an old card number with its issuing regency."),
    Message("SKH2102", 20, "NIK salah bentuk: 16 angka dengan tanggal lahir yang ada.",
            "Susunan NIK: 6 angka wilayah, tanggal lahir (perempuan +40), 4 angka urut. Periksa KTP.",
            "NIK is malformed: 16 digits that hold an existing birth date.",
            "Layout: 6 digits of region, birth date (women +40), 4 digits serial. Check the card."),
    Message("SKH2103", 20, "NIK tidak cocok dengan isian {sebab}.",
            "Periksa KTP. Bila KTP memang begitu, petugas mengisi alasan NIK sesuai dokumen kelahiran.",
            "NIK does not agree with the form ({sebab}).",
            "Check the card. If the card is so, the officer fills in a reason, after the birth documents."),
    Message("SKH2104", 20, "SPPH {nomor_spph} milik Kandepag {kab_kota}.",
            "SPPH ditandatangani pejabat Kandepag penerbit.",
            "SPPH {nomor_spph} belongs to Kandepag {kab_kota}.", "A form is signed by an official of the office that issued it."),
    Message("SKH2105", 20, "SPPH {nomor_spph} sudah ditandatangani.", "Tidak perlu tanda tangan kedua.",
            "SPPH {nomor_spph} is already signed.", "No second signature is needed."),
    Message("SKH2106", 20, "SPPH tidak boleh ditandatangani penerbitnya sendiri ({user}).",
            "Pejabat lain di Kandepag yang sama harus menandatangani.",
            "A form may not be signed by the officer who issued it ({user}).", "Another official of the office must sign."),
    Message("SKH6001", 20, "Hari kerja belum dibuka.", "Operator pusat harus membuka hari kerja. Coba lagi nanti.",
            "No business day is open.", "The operator of the centre must open the day. Try again later."),
    Message("SKH6002", 20, "Permintaan untuk hari {hari_permintaan}, hari kerja kini {hari}.",
            "Hari kerja sudah berganti dan permintaan itu tidak pernah tercatat. Kirim sebagai permintaan baru.",
            "The request is for {hari_permintaan}, the business day is {hari}.",
            "The day has changed and that request was never posted. Send it as a new request."),
    Message("SKH6003", 20, "Hari kerja hanya maju: hari kini {hari}.", "Buka hari sesudah hari kini.",
            "Business days only go forward: the day is {hari}.", "Open a later day."),
    Message("SKH6004", 20, "Belum ada ketentuan lengkap untuk hari {hari}.",
            "Aturan bertanggal untuk hari itu belum diisi lengkap. Hubungi Ditjen.",
            "There is no complete rule set for {hari}.", "The dated rules of that day are not complete. Call the Ditjen."),
    Message("SKH7001", 20, "Terminal belum sign-on.", "Sign-on dahulu dengan pengguna dan kata sandi.",
            "The terminal is not signed on.", "Sign on with user and password first."),
    Message("SKH7002", 40, "Pesan terminal tidak terbaca.",
            "Pesan tidak mengikuti protokol; sambungan diakhiri. Hubungi pembuat terminal.",
            "The terminal's message cannot be read.",
            "The message does not follow the protocol; the connection ends. Call the maker of the terminal."),
    Message("SKH7003", 40, "Versi protokol {versi} tidak dilayani; yang dilayani: 1.",
            "Pasang terminal dengan versi yang sesuai.",
            "Protocol version {versi} is not served; served: 1.", "Install a terminal of the right version."),
    Message("SKH7004", 40, "Pesan tidak pada tempatnya; sesi diakhiri.",
            "Terminal mengirim pesan yang tidak boleh pada keadaan itu. Sign-on lagi.",
            "Message out of place; the session ends.", "The terminal sent what its state does not allow. Sign on again."),
    Message("SKH7005", 20, "Permintaan sebelumnya belum dijawab.", "Tunggu jawaban permintaan yang berjalan.",
            "The request before is not answered yet.", "Wait for the answer of the one in progress."),
    Message("SKH7006", 30, "STAN {stan} sudah dipakai untuk permintaan lain.",
            "Identitas permintaan sama tetapi isinya berbeda. Tidak ada yang ditulis. Pakai STAN baru.",
            "STAN {stan} was used for another request.",
            "Same request identity, other content. Nothing was written. Use a new STAN."),
    Message("SKH7007", 30, "STAN {stan} mundur: terakhir {stan_terakhir}.",
            "STAN harus naik pada tiap permintaan baru hari itu.",
            "STAN {stan} goes back: last was {stan_terakhir}.", "STAN must rise with every new request of the day."),
    Message("SKH7008", 20, "Pengguna {user} tidak berwenang untuk {kind}.",
            "Wewenang ditetapkan menurut peran. Minta pengguna dengan peran yang sesuai.",
            "User {user} has no authority for {kind}.", "Authority goes by role. Ask a user with that role."),
    Message("SKH7009", 20, "User ID cabang {cabang} berstatus {status}.",
            "Cabang tidak boleh memasukkan transaksi (pasal 9). Hubungi kantor pusat bank dan Ditjen.",
            "The user ID of branch {cabang} is {status}.",
            "The branch may not post (pasal 9). Call the bank's head office and the Ditjen."),
    Message("SKH7010", 30, "Batas sesi tercapai ({batas}).", "Coba lagi nanti atau hubungi operator pusat.",
            "Session limit reached ({batas}).", "Try again later or call the operator."),
    Message("SKH7011", 20, "Pengguna atau kata sandi salah.", "Periksa pengguna, kata sandi, bank, cabang dan perangkat.",
            "User or password is wrong.", "Check user, password, bank, branch and device."),
    Message("SKH7012", 30, "Pengguna dinonaktifkan setelah tiga kali salah sandi.",
            "Penyelia dan petugas keamanan harus mengaktifkan kembali.",
            "The user is disabled after three wrong passwords.", "Supervisor and security officer must enable it again."),
    Message("SKH7013", 30, "Sesi diambil alih oleh sambungan baru perangkat ini.",
            "Pengguna yang sama masuk lagi pada perangkat ini. Bila bukan Anda, lapor.",
            "The session was taken over by a new connection of this device.",
            "The same user signed on again at this device. If it was not you, report it."),
    Message("SKH7014", 20, "Perangkat {device} sedang dipakai pengguna lain.",
            "Satu sesi untuk satu perangkat. Pengguna itu harus sign-off dahulu.",
            "Device {device} is in use by another user.", "One session per device. That user must sign off first."),
    Message("SKH7015", 20, "Sesi tidak dapat dilanjutkan; sign-on dengan kata sandi.",
            "Tanda lanjut sudah habis masanya atau tidak sah.",
            "The session cannot be resumed; sign on with the password.", "The resume token has expired or is not valid."),
    Message("SKH7016", 20, "Perangkat {device} dinonaktifkan oleh host sampai operator memeriksa.",
            "Permintaan terakhir perangkat ini menghentikan aturan host. Operator pusat harus memeriksa karantina.",
            "Device {device} is varied off until the operator has looked.",
            "The last request of this device stopped the host's rules. The operator must look at the quarantine."),
    Message("SKH7017", 20, "Data di luar wewenang cabang ini.",
            "Data jemaah hanya tampil pada kantor yang berkepentingan.",
            "The data is outside this branch's authority.", "Pilgrim data is shown only where there is need to know."),
    Message("SKH7018", 20, "Data tidak ditemukan.", "Periksa nomor yang diminta.",
            "Nothing found.", "Check the number that was asked for."),
    Message("SKH8001", 20, "Kode bank {kode_bank} sudah dipakai.", "Pilih kode lain.",
            "Bank code {kode_bank} is in use.", "Choose another code."),
    Message("SKH8002", 20, "Bank {kode_bank} tidak dikenal.", "Tetapkan bank itu dahulu.",
            "Bank {kode_bank} is not known.", "Appoint the bank first."),
    Message("SKH8003", 20, "Kab/kota {kab_kota} tidak dikenal.", "Pakai kode empat angka dari daftar wilayah.",
            "Regency {kab_kota} is not known.", "Use a four-digit code from the list of regions."),
    Message("SKH8004", 20, "Cabang {kode_cabang} bank {kode_bank} sudah ada.", "Pilih kode lain.",
            "Branch {kode_cabang} of bank {kode_bank} exists.", "Choose another code."),
    Message("SKH8005", 20, "Cabang {kode_cabang} bank {kode_bank} tidak dikenal.", "Daftarkan cabang itu dahulu.",
            "Branch {kode_cabang} of bank {kode_bank} is not known.", "Connect the branch first."),
    Message("SKH8006", 20, "Perangkat {device} sudah dikenal.", "Pilih nama lain.",
            "Device {device} is already known.", "Choose another name."),
    Message("SKH8007", 20, "Peran {peran} tidak dikenal.", "Lihat daftar peran.",
            "Role {peran} is not known.", "See the list of roles."),
    Message("SKH8008", 20, "Peran {peran} tidak untuk {kode_bank}.", "Peran bank di bank, petugas dan pejabat di Kandepag, operator di pusat.",
            "Role {peran} is not for {kode_bank}.", "Bank roles belong to banks, officers to a Kandepag, operators to the centre."),
    Message("SKH8009", 20, "Pengguna {user} sudah ada.", "Pilih nama lain.",
            "User {user} exists.", "Choose another name."),
    Message("SKH8010", 20, "Status {status} tidak dikenal.", "AKTIF, DIBLOKIR atau DICABUT.",
            "State {status} is not known.", "AKTIF, DIBLOKIR or DICABUT."),
    Message("SKH8011", 20, "User ID cabang {kode_cabang} bank {kode_bank} sudah dicabut.",
            "Pencabutan bersifat tetap (pasal 9). Cabang memerlukan user ID baru.",
            "The user ID of branch {kode_cabang} of bank {kode_bank} is revoked.",
            "Revocation is final (pasal 9). The branch needs a new user ID."),
    Message("SKH8012", 20, "User ID cabang sudah berstatus {status}.", "Tidak ada yang diubah.",
            "The branch's user ID is already {status}.", "Nothing was changed."),
    Message("SKH8013", 20, "Buku besar ini sudah dibuka.", "Pembukaan hanya satu kali, sebagai entri 1.",
            "This ledger is open already.", "A ledger is opened once, as entry 1."),
    Message("SKH8014", 20, "Kantor pusat tidak dapat diblokir atau dicabut.",
            "Tidak ada kantor lain yang dapat mengaktifkannya kembali. Tidak ada yang diubah.",
            "The centre cannot be blocked or revoked.",
            "No other office could give it back. Nothing was changed."),
    Message("SKH8101", 40, "Penulisan gagal, hasilnya tidak pasti: host berhenti (kode {exit}).",
            "Tidak ada yang dijawab. Periksa disk, jalankan lagi host; terminal menanyakan lagi sendiri.",
            "A commit failed, its outcome is unknown: the host ends (code {exit}).",
            "Nothing was answered. Check the disk, start the host again; terminals ask again by themselves."),
    Message("SKH8102", 30, "Ruang buku besar terpakai {share}.", "Tambah ruang sebelum pendaftaran tertutup sendiri.",
            "The ledger's space is used to {share}.", "Add space before registration closes by itself."),
    Message("SKH8103", 30, "Pemindahan buku gagal (kode {exit}); diulang sendiri.",
            "Host terus melayani dari memori. Bila berulang, periksa disk dan log.",
            "A checkpoint of the books failed (code {exit}); it is tried again.",
            "The host goes on from memory. If it comes again, check disk and log."),
    Message("SKH8104", 30, "Proses tepi berakhir (kode {exit}); dijalankan lagi.",
            "Terminal pada proses itu menyambung lagi sendiri.",
            "An edge process ended (code {exit}); it is started again.",
            "Its terminals come back by themselves."),
    Message("SKH9001", 30, "SISTEM SIBUK, tunggu {tunggu_ms} ms.", "Host sedang penuh. Terminal mengirim lagi sendiri.",
            "SYSTEM BUSY, wait {tunggu_ms} ms.", "The host is full at the moment. The terminal sends again by itself."),
    Message("SKH9002", 30, "Host sedang ditutup.", "Host menyelesaikan permintaan berjalan lalu berhenti. Coba lagi nanti.",
            "The host is closing.", "The host finishes what is in progress and stops. Try again later."),
    Message("SKH9003", 40, "Permintaan ini menghentikan aturan host dan disisihkan.",
            "Tidak ada yang tercatat. Perangkat dinonaktifkan sampai operator memeriksa.",
            "This request stopped the host's rules and was put aside.",
            "Nothing was written. The device is varied off until the operator has looked."),
    Message("SKH9004", 40, "Ruang buku besar hampir habis: pendaftaran ditutup.",
            "Pertanyaan tetap dilayani. Operator pusat harus menambah ruang.",
            "The ledger is almost full: registration is closed.", "Inquiries go on. The operator must add space."),
    Message("SKH9005", 30, "Jalur putus sejak {sejak}, menyambung lagi sendiri.",
            "Tidak ada yang hilang: permintaan yang belum terjawab disimpan dan dikirim lagi dengan nomor yang sama.",
            "The line is down since {sejak}, connecting again.",
            "Nothing is lost: the unanswered request is kept and sent again under the same number."),
    Message("SKH9006", 30, "Host tidak terjangkau: {sebab}.",
            "Periksa jaringan dan alamat host {host}, lalu tekan Enter lagi.",
            "The host cannot be reached: {sebab}.",
            "Check the network and the address {host}, then press Enter again."),
    Message("SKH9007", 30, "Bukti {nomor_porsi} tidak dapat disimpan: {sebab}.",
            "Nomor porsi tetap berlaku. Perbaiki ruang atau izin folder bukti, lalu ambil bukti lagi dari panel porsi.",
            "Receipt {nomor_porsi} cannot be saved: {sebab}.",
            "The nomor porsi stands. Mend space or permission of the receipt folder, then fetch it again from the porsi panel."),
    Message("SKH9008", 30, "Permintaan tidak dapat disimpan sebelum dikirim: {sebab}.",
            "Tidak ada yang dikirim. Perbaiki ruang atau izin folder terminal.",
            "The request cannot be kept before it is sent: {sebab}.",
            "Nothing was sent. Mend space or permission of the terminal's folder."),
    Message("SKH9010", 40, "Permintaan tersimpan tidak terbaca; disisihkan: {berkas}.",
            "Lihat panel porsi atau SPPH untuk tahu apakah setoran terakhir tercatat, lalu sign-on lagi.",
            "The kept request cannot be read; put aside: {berkas}.",
            "See the porsi or SPPH panel whether the last deposit was posted, then sign on again."),
    Message("SKH9011", 30, "Permintaan STAN {stan} hari {hari} tidak pernah tercatat.",
            "Pengguna sebelum Anda tidak mendapat jawaban, dan host tidak mencatatnya. Bila perlu, masukkan sebagai permintaan baru.",
            "Request STAN {stan} of {hari} was never posted.",
            "The user before you had no answer, and the host did not post it. If it is needed, enter it as a new request."),
    Message("SKH9012", 30, "Jendela {kolom}x{baris}; terminal memerlukan 80x24.",
            "Besarkan jendela atau kecilkan hurufnya.",
            "The window is {kolom}x{baris}; the terminal needs 80x24.",
            "Make the window larger or its letters smaller."),
    Message("SKH9013", 30, "Host menjawab {id}, yang tidak dikenal terminal ini.",
            "Host lebih baru daripada terminal. Catat nomor itu dan hubungi operator pusat.",
            "The host answered {id}, which this terminal does not know.",
            "The host is newer than the terminal. Note the id and call the operator of the centre."),
    Message("SKH9014", 40, "Host gagal memproses permintaan ini.", "Tidak ada yang tercatat. Coba lagi; bila berulang, hubungi operator.",
            "The host failed to process this request.", "Nothing was written. Try again; if it comes back, call the operator."),
)  # fmt: skip

MESSAGES: dict[str, Message] = {row.id: row for row in _ROWS}


def first_level(id: str, data: Mapping[str, Any], language: Language = "id") -> str:
    """The message line: id and first-level text, variables filled in."""
    row = MESSAGES[id]
    return f"{id} {(row.first_id if language == 'id' else row.first_en).format_map(_Printed(data))}"


def second_level(id: str, data: Mapping[str, Any], language: Language = "id") -> str:
    """Cause, recovery and who can cure it."""
    row = MESSAGES[id]
    return (row.second_id if language == "id" else row.second_en).format_map(_Printed(data))


class _Amount(int):
    """A number that knows how money is written: {nominal:rp} is 20.000.000, in both languages."""

    def __format__(self, spec: str) -> str:
        return f"{int(self):,}".replace(",", ".") if spec == "rp" else super().__format__(spec)


class _Word(str):
    """A text where an amount is expected (a terminal may not know the variable) stays a text."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return super().__format__("" if spec == "rp" else spec)


class _Printed(dict[str, Any]):
    """The variables as they are printed; a mapping that answers for missing ones goes on doing so."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__()
        self._data = data

    def __missing__(self, name: str) -> Any:
        value = self._data[name]
        if type(value) is int:
            return _Amount(value)
        return _Word(value) if type(value) is str else value
